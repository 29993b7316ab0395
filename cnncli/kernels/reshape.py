"""Volumes put together and maps of another size: joined, padded, repeated."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from cnncli.geometry import Extent, Padding
from cnncli.lazy import Array, np

from .elementwise import in_pieces
from .epilogue import PLAIN, Epilogue
from .workspace import Workspace


def pad(workspace: Workspace, x: Array, P: Padding, front: int, back: int) -> Array:
    """x amid zeros, (N, H + top + bottom, W + left + right, front + C + back)."""
    N, H, W, C = x.shape
    shape = (N, H + P.top + P.bottom, W + P.left + P.right, front + C + back)
    y: Array = workspace.empty(shape, x.dtype)
    y[:, : P.top] = 0
    y[:, P.top + H :] = 0
    y[:, P.top : P.top + H, : P.left] = 0
    y[:, P.top : P.top + H, P.left + W :] = 0
    inner = y[:, P.top : P.top + H, P.left : P.left + W]
    inner[..., :front] = 0
    inner[..., front + C :] = 0
    inner[..., front : front + C] = x
    return y


def crop(workspace: Workspace, y: Array, P: Padding, front: int, back: int) -> Array:
    """y without what surrounds it: the inverse of `pad`, and its gradient."""
    _, H, W, C = y.shape
    inner = y[:, P.top : H - P.bottom, P.left : W - P.right, front : C - back]
    x: Array = workspace.empty(inner.shape, y.dtype)
    np.copyto(x, inner)
    return x


def repeat(workspace: Workspace, x: Array, S: Extent) -> Array:
    """Every pixel becomes S.H x S.W equal ones, (N, H * S.H, W * S.W, C)."""
    N, H, W, C = x.shape
    y: Array = workspace.empty((N, H * S.H, W * S.W, C), x.dtype)
    np.copyto(y.reshape(N, H, S.H, W, S.W, C), x[:, :, None, :, None])
    return y


def repeat_backward(workspace: Workspace, dy: Array, S: Extent) -> Array:
    """The sum of dy over the S.H x S.W pixels that came from one."""
    N, H, W, C = dy.shape
    dx: Array = workspace.empty((N, H // S.H, W // S.W, C), dy.dtype)
    np.copyto(dx, dy[:, :: S.H, :: S.W])
    for i, j in list(np.ndindex(S.H, S.W))[1:]:
        dx += dy[:, i :: S.H, j :: S.W]
    return dx


def add(workspace: Workspace, xs: Sequence[Array], epilogue: Epilogue = PLAIN) -> Array:
    """x1 + x2 + ...; then the epilogue."""
    return in_pieces(workspace, partial(_add, epilogue), *xs)


def _add(epilogue: Epilogue, *pieces: Array) -> None:
    first, second, *more, out = pieces
    np.add(first, second, out=out)
    for piece in more:
        out += piece
    epilogue.rectify(out)


class Room(NamedTuple):
    """Memory for a volume to grow in: pixels of `depth` numbers, of which it has the first ones.

    is_there: the first of the volumes to be joined lies there already.
    """

    depth: int
    is_there: bool


def concatenate(workspace: Workspace, xs: Sequence[Array], room: Room | None = None) -> Array:
    """(N, H, W, C1 + C2 + ...), which lies in `room`, if it has one: then it is a view."""
    first, depth = xs[0], sum(x.shape[-1] for x in xs)
    shape = (*first.shape[:-1], depth)
    if room and room.is_there:
        y = np.lib.stride_tricks.as_strided(first, shape, first.strides)
        np.concatenate(xs[1:], axis=-1, out=y[..., first.shape[-1] :])
        return y
    wide: Array = workspace.empty((*shape[:-1], room.depth if room else depth), first.dtype)
    return np.concatenate(xs, axis=-1, out=wide[..., :depth])


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


def interleave(workspace: Workspace, x: Array, groups: int) -> Array:
    """Channels of `groups` groups in turns: the first of each, then the second of each."""
    C = x.shape[-1]
    y: Array = workspace.empty(x.shape, x.dtype)
    apart = y.reshape(*x.shape[:-1], C // groups, groups)
    np.copyto(apart, x.reshape(*x.shape[:-1], groups, C // groups).swapaxes(-1, -2))
    return y


def depth_to_space(workspace: Workspace, x: Array, S: Extent, *, channels_first: bool) -> Array:
    """(N, H, W, S.H * S.W * C) -> (N, H * S.H, W * S.W, C).

    The depth holds the places of a block one after another, each with its C channels, or with
    channels_first the channels, each with its places.
    """
    N, H, W, depth = x.shape
    C = depth // (S.H * S.W)
    y: Array = workspace.empty((N, H * S.H, W * S.W, C), x.dtype)
    np.copyto(_in_blocks(y, S), _by_place(x, S, channels_first))
    return y


def space_to_depth(workspace: Workspace, y: Array, S: Extent, *, channels_first: bool) -> Array:
    """The inverse of `depth_to_space`."""
    N, H, W, C = y.shape
    x: Array = workspace.empty((N, H // S.H, W // S.W, S.H * S.W * C), y.dtype)
    np.copyto(_by_place(x, S, channels_first), _in_blocks(y, S))
    return x


def _in_blocks(y: Array, S: Extent) -> Array:
    """A map as (N, H, W, S.H, S.W, C)."""
    N, H, W, C = y.shape
    return y.reshape(N, H // S.H, S.H, W // S.W, S.W, C).transpose(0, 1, 3, 2, 4, 5)


def _by_place(x: Array, S: Extent, channels_first: bool) -> Array:
    """The same of a map whose depth holds blocks."""
    if channels_first:
        return x.reshape(*x.shape[:3], -1, S.H, S.W).transpose(0, 1, 2, 4, 5, 3)
    return x.reshape(*x.shape[:3], S.H, S.W, -1)
