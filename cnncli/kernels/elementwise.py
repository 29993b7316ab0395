"""Functions of single numbers, over pieces that stay in cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from cnncli.lazy import Array, NDArray, np

from . import random_streams
from .chunks import spans
from .workspace import Workspace


def in_pieces(
    workspace: Workspace, function: Callable[..., object], *arrays: Array, scratch: int = 0
) -> Array:
    """A new array, filled by `function(*pieces, out, *scratch)` piece by piece in cache.

    The arrays are of one size. Scratch arrays are as large as a piece.
    """
    y: Array = workspace.empty(arrays[0].shape, arrays[0].dtype)
    flat = [array.reshape(-1) for array in (*arrays, y)]
    for span in spans(y.size, (len(flat) + scratch) * y.itemsize):
        pieces = [array[span] for array in flat]
        spare = [workspace.empty(pieces[0].shape, y.dtype) for _ in range(scratch)]
        function(*pieces, *spare)
    return y


def by_pieces(scratch: int = 0) -> Callable[[Callable[..., object]], Callable[..., Array]]:
    """Turns what fills a piece into `function(workspace, *arrays, **numbers)`: a new array."""

    def decorate(function: Callable[..., object]) -> Callable[..., Array]:
        def of_arrays(workspace: Workspace, *arrays: Array, **numbers: float) -> Array:
            return in_pieces(workspace, partial(function, **numbers), *arrays, scratch=scratch)

        return of_arrays

    return decorate


def relu(workspace: Workspace, x: Array) -> Array:
    """max(0, x); np.clip takes half the time of np.maximum with a number."""
    y: Array = workspace.empty(x.shape, x.dtype)
    np.clip(x, 0, np.inf, out=y)
    return y


def relu_backward(workspace: Workspace, y: Array, dy: Array) -> Array:
    """dy where y > 0, else 0."""
    dx: Array = workspace.empty(dy.shape, dy.dtype)
    flat_y, flat_dy, flat_dx = y.reshape(-1), dy.reshape(-1), dx.reshape(-1)
    for span in spans(y.size, y.itemsize):
        mask_gradient(workspace, flat_y[span], flat_dy[span], out=flat_dx[span])
    return dx


def mask_gradient(workspace: Workspace, y: Array, dy: Array, out: Array) -> Array:
    """dy where y > 0, else 0, of a piece in cache: a product is faster than a masked copy."""
    mask = workspace.empty(y.shape, np.bool_)
    np.multiply(dy, np.greater(y, 0, out=mask), out=out)
    return out


def product(workspace: Workspace, a: Array, b: Array) -> Array:
    """a * b."""
    y: Array = workspace.empty(a.shape, a.dtype)
    return np.multiply(a, b, out=y)


def scale(workspace: Workspace, x: Array, factor: float) -> Array:
    """factor * x."""
    y: Array = workspace.empty(x.shape, x.dtype)
    return np.multiply(x, x.dtype.type(factor), out=y)


DropoutCache: TypeAlias = "tuple[NDArray[np.bool_], float]"


def dropout(
    workspace: Workspace, x: Array, keys: NDArray[np.uint64], rate: float
) -> tuple[Array, DropoutCache]:
    """x with a share of about `rate` set to 0 and the rest scaled up; and the mask and scale.

    The rate is rounded to a multiple of 2**-16, and the scale is that of the rounded one.
    """
    kept = max(round((1 - rate) * 65536), 1) / 65536
    count = x.size // max(x.shape[0], 1)
    mask = random_streams.bernoulli16(workspace, keys, count, kept).reshape(x.shape)
    cache = (mask, 1 / kept)
    return apply_dropout(workspace, cache, x), cache


def drop_images(
    workspace: Workspace, x: Array, keys: NDArray[np.uint64], rate: float
) -> tuple[Array, Array]:
    """A share of about `rate` of the images as 0 and the rest scaled up; and the factors (N,)."""
    kept = max(round((1 - rate) * 65536), 1) / 65536
    mask = random_streams.bernoulli16(workspace, keys, 1, kept).reshape(-1)
    factors: Array = mask.astype(x.dtype) / x.dtype.type(kept)
    return scale_images(workspace, factors, x), factors


def scale_images(workspace: Workspace, factors: Array, x: Array) -> Array:
    """Each image, or its gradient, times its factor (N,)."""
    y: Array = workspace.empty(x.shape, x.dtype)
    return np.multiply(x, factors[:, None, None, None], out=y)


def apply_dropout(workspace: Workspace, cache: DropoutCache, x: Array) -> Array:
    """x, or its gradient, times the mask and the scale."""
    mask, scale = cache
    y: Array = workspace.empty(x.shape, x.dtype)
    np.multiply(x, mask, out=y)
    y *= x.dtype.type(scale)
    return y
