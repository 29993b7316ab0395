"""What CONV cannot do with some numbers of groups and of whitening filters, and a remedy."""

from math import gcd
from typing import Literal

from cnncli.geometry import Extent, Volume

from .base import LayerError


def group_problem(K: int, groups: int | Literal["depthwise"], depth: int) -> LayerError | None:
    """What is wrong where the groups do not divide the depth of the input, or the filters."""
    count = depth if groups == "depthwise" else groups
    text = f"groups={groups}" + (f" ({count})" if count != groups else "")
    for field, name, number in (("groups", "the depth", depth), ("K", "K", K)):
        if remainder := number % count:
            return LayerError(
                f"{text} must divide {name}: {number}/{count} leaves a remainder of {remainder}.\n"
                f"{_remedy(K, groups, depth)}",
                field,
            )
    return None


def _remedy(K: int, groups: int | Literal["depthwise"], depth: int) -> str:
    if groups == "depthwise":
        return f"Use a multiple of {depth} for K."
    largest = gcd(depth, K)
    smaller = " or a divisor of it" if largest > 1 else ""
    other = ", or another K" if depth % groups == 0 else ""
    return f"Use groups: {largest}{smaller}{other}."


def check_whitening(K: int, F: Extent, groups: int, volume: Volume, out: Volume) -> None:
    """Patches have as many principal axes as numbers, and each gives two filters."""
    most = 2 * F.W * F.H * volume.D
    if groups > 1:
        raise LayerError("init: whitening needs groups=1.\nUse groups: 1.", "groups", out)
    if most < K:
        raise LayerError(
            f"init: whitening gives at most 2*F*F*D = {most} filters, not K={K}.\n"
            f"Use K: {most} or fewer.",
            "K",
            out,
        )
