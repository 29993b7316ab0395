"""Maps made larger by linear interpolation between pixels, in one axis after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnncli.geometry import Extent
from cnncli.lazy import Array, np

from .workspace import Workspace


class _Phase(NamedTuple):
    """Places number, number + S, ... lie `share` of the way behind pixels `first`, `first` + 1, ...

    first: in the map with a pixel more on either side.
    """

    number: int
    first: int
    share: float


def _phases(S: int) -> Iterator[_Phase]:
    """Place o has its middle at (o + 1/2)/S - 1/2, in pixels."""
    for number in range(S):
        middle = (number + 0.5) / S + 0.5
        yield _Phase(number, int(middle), middle - int(middle))


def bilinear(workspace: Workspace, x: Array, S: Extent) -> Array:
    """(N, H, W, C) -> (N, H * S.H, W * S.W, C); beyond the rim pixels repeat it."""
    return _along(workspace, _along(workspace, x, 1, S.H), 2, S.W)


def bilinear_backward(workspace: Workspace, dy: Array, S: Extent) -> Array:
    """Every pixel gets the sum of dy in the shares in which it was used."""
    return _back_along(workspace, _back_along(workspace, dy, 2, S.W), 1, S.H)


def _along(workspace: Workspace, x: Array, axis: int, S: int) -> Array:
    if S == 1:
        return x
    shape = list(x.shape)
    size = shape[axis]
    shape[axis] = size + 2
    wide: Array = workspace.empty(tuple(shape), x.dtype)
    _at(wide, axis, slice(1, size + 1))[...] = x
    _at(wide, axis, slice(0, 1))[...] = _at(x, axis, slice(0, 1))
    _at(wide, axis, slice(size + 1, size + 2))[...] = _at(x, axis, slice(size - 1, size))
    shape[axis] = size * S
    y: Array = workspace.empty(tuple(shape), x.dtype)
    scratch: Array = workspace.empty(x.shape, x.dtype)
    for number, first, share in _phases(S):
        target = _at(y, axis, slice(number, None, S))
        before = _at(wide, axis, slice(first, first + size))
        np.multiply(before, x.dtype.type(1 - share), out=target)
        after = _at(wide, axis, slice(first + 1, first + 1 + size))
        target += np.multiply(after, x.dtype.type(share), out=scratch)
    return y


def _back_along(workspace: Workspace, dy: Array, axis: int, S: int) -> Array:
    if S == 1:
        return dy
    shape = list(dy.shape)
    size = shape[axis] // S
    shape[axis] = size + 2
    wide: Array = workspace.zeros(tuple(shape), dy.dtype)
    shape[axis] = size
    scratch: Array = workspace.empty(tuple(shape), dy.dtype)
    for number, first, share in _phases(S):
        given = _at(dy, axis, slice(number, None, S))
        for start, weight in ((first, 1 - share), (first + 1, share)):
            part = _at(wide, axis, slice(start, start + size))
            part += np.multiply(given, dy.dtype.type(weight), out=scratch)
    dx: Array = workspace.empty(tuple(shape), dy.dtype)
    np.copyto(dx, _at(wide, axis, slice(1, size + 1)))
    first_pixel, last_pixel = (_at(dx, axis, slice(*ends)) for ends in ((0, 1), (size - 1, size)))
    first_pixel += _at(wide, axis, slice(0, 1))
    last_pixel += _at(wide, axis, slice(size + 1, size + 2))
    return dx


def _at(array: Array, axis: int, along: slice) -> Array:
    return array[:, along] if axis == 1 else array[:, :, along]
