"""Fewer points of a curve, which looks the same."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_PAGE_POINTS


def thin(values: NDArray[Any], most: int = MAX_PAGE_POINTS) -> NDArray[np.intp]:
    """Places of at most `most` of the values (n,), ascending; most: 4 at least.

    The first and the last are kept, and of each of equally long stretches in between the least and
    the largest: so those of all are too.
    """
    if len(values) <= most:
        return np.arange(len(values))
    stretches = np.array_split(np.arange(1, len(values) - 1), (most - 2) // 2)
    extremes = ((part[values[part].argmin()], part[values[part].argmax()]) for part in stretches)
    kept = [0, *(place for pair in extremes for place in pair), len(values) - 1]
    return np.unique(np.array(kept, np.intp))
