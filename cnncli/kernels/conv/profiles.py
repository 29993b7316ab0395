"""What differs between machines in the times of convolutions: numbers, and which BLAS has which.

OpenBLAS copies the matrices of a product into an order of its own first. For processors with
AVX-512 it has kernels for small products that do not (its pull request 3335, KERNEL.SKYLAKEX and
those that include it), which makes tiny ones two to four times as fast.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Costs:
    """What an algorithm's work costs, in nanoseconds of one core; `cost_model.work` counts it.

    call: a pass. step: a line that is copied into a window, a pixel of a line, or a product of
    two tiny matrices. multiply: a multiply-add of the products. number: one that is gathered, or
    transformed. rest: a number that is written, or a multiply-add that transforms filters.
    """

    call: float
    step: float
    multiply: float
    number: float
    rest: float


@dataclass(frozen=True)
class Profile:
    """A kind of machine.

    unpacked: multiplications of a product up to which BLAS does not copy the matrices; 0: it always
    does. direct, columns, tiles: what the algorithms cost, Winograd's down the columns and in both
    axes.
    """

    name: str
    unpacked: int
    direct: Costs
    columns: Costs
    tiles: Costs


# By `python -m benchmarks.fit`, which says how well they choose.
SMALL_KERNELS = Profile(
    "small kernels",
    unpacked=10**6,
    direct=Costs(26_900.0, 5.22, 0.0208, 0.162, 0.00362),
    columns=Costs(40_500.0, 3.27, 0.0189, 0.28, 0.301),
    tiles=Costs(68_900.0, 61.2, 0.0219, 0.345, 0.0471),
)
PACKING = Profile(
    "packing",
    unpacked=0,
    direct=Costs(23_900.0, 5.3, 0.021, 0.159, 0.221),
    columns=Costs(41_600.0, 3.3, 0.0204, 0.57, 0.34),
    tiles=Costs(66_700.0, 98.7, 0.0249, 0.611, 0.0486),
)
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
