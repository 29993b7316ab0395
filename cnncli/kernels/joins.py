"""Several volumes into one: their sum, or one behind the other along the depth."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .elementwise import in_pieces
from .epilogue import PLAIN, Finish
from .workspace import Workspace

Array = NDArray[np.float32]


def add(workspace: Workspace, xs: Sequence[Array], finish: Finish = PLAIN) -> Array:
    """x1 + x2 + ..., finished."""
    return in_pieces(workspace, partial(_add, finish), *xs)


def _add(finish: Finish, *pieces: Array) -> None:
    first, second, *more, out = pieces
    np.add(first, second, out=out)
    for piece in more:
        out += piece
    finish.rectify(out)


def concatenate(workspace: Workspace, xs: Sequence[Array]) -> Array:
    """(N, H, W, C1 + C2 + ...)."""
    depth = sum(x.shape[-1] for x in xs)
    y: Array = workspace.empty((*xs[0].shape[:-1], depth), xs[0].dtype)
    return np.concatenate(xs, axis=-1, out=y)


def split(workspace: Workspace, y: Array, depths: Sequence[int]) -> tuple[Array, ...]:
    """The parts of those depths, each an array of its own."""
    parts = []
    first = 0
    for depth in depths:
        part: Array = workspace.empty((*y.shape[:-1], depth), y.dtype)
        np.copyto(part, y[..., first : first + depth])
        parts.append(part)
        first += depth
    return tuple(parts)
