"""What differs between machines in the times of convolutions: numbers, and which BLAS has which.

OpenBLAS copies the matrices of a product into an order of its own first. For processors with
AVX-512 it has kernels for small products that do not (its pull request 3335, KERNEL.SKYLAKEX and
those that include it), which makes tiny ones two to four times as fast.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Profile:
    """A kind of machine; costs are nanoseconds of one core.

    unpacked: multiplications of a product up to which BLAS does not copy the matrices; 0: it always
    does. multiply: a multiply-add of a product. number: one that Winograd's algorithm transforms
    along an axis, multiplies and transforms back. product: a product of two tiny matrices.
    """

    name: str
    unpacked: int
    multiply: float
    number: float
    product: float


SMALL_KERNELS = Profile("small kernels", unpacked=10**6, multiply=0.024, number=0.15, product=85)
PACKING = Profile("packing", unpacked=0, multiply=0.024, number=0.4, product=200)
ARM = replace(PACKING, name="arm, unmeasured")
"""Nobody has measured it: its numbers are those of `packing`."""
PROFILES = (SMALL_KERNELS, PACKING, ARM)

_SMALL_KERNELS = ("skylakex", "cooperlake", "sapphirerapids")
"""OpenBLAS's names; a Zen 4 or 5 is called by that of the Intel core whose kernels it runs."""
_ARM = (
    "a64fx",
    "armv",
    "cortex",
    "emag",
    "falkor",
    "ft2000",
    "neoverse",
    "thunderx",
    "tsv",
    "vortex",
)
"""How its names of ARM cores begin."""


def profile_of(core_type: str | None) -> Profile:
    """By what OpenBLAS calls the processor; None: another BLAS."""
    name = (core_type or "").lower()
    if name in _SMALL_KERNELS:
        return SMALL_KERNELS
    return ARM if name.startswith(_ARM) else PACKING
