"""Clipping of the gradient by its global norm."""

from math import inf, sqrt

import numpy as np

from cnncli.engine.engine import Engine
from cnncli.kernels.chunks import spans

CHUNK = 6 << 10
"""Numbers that are squared at a time: 48 KiB in float64, memory that the allocator has at hand."""


def clip(engine: Engine, clip_norm: float | None) -> float:
    """The L2 norm of `engine.gradient` as it was, over all parameters together.

    If the norm is larger than `clip_norm`, the gradient is multiplied in place by
    clip_norm / norm (Pascanu et al. 2013, "On the difficulty of training Recurrent Neural
    Networks", algorithm 1). A gradient that is not finite is left as it is.
    """
    gradient = engine.gradient
    sums: list[tuple[int, float]] = []

    def add_squares(part: slice) -> None:
        total, doubles = 0.0, np.empty(CHUNK, np.float64)
        with np.errstate(all="ignore"):
            for span in spans(part.stop - part.start, 1, CHUNK):
                chunk = doubles[: span.stop - span.start]
                np.copyto(chunk, gradient[part][span])
                total += float(chunk @ chunk)
        sums.append((part.start, total))

    engine.parallel(add_squares, gradient.size)
    norm = sqrt(sum(total for _, total in sorted(sums)))
    if clip_norm is not None and clip_norm < norm < inf:
        scale = clip_norm / norm

        def multiply(part: slice) -> None:
            gradient[part] *= scale

        engine.parallel(multiply, gradient.size)
    return norm
