"""Functions of single numbers that are made of straight or bent pieces, and their derivatives.

Each is a chain of NumPy calls on a piece of the array that stays in cache. As in `relu`, np.clip
stands where np.minimum or np.maximum with a number would take three times as long.
"""

from __future__ import annotations

from cnncli.lazy import Array, NDArray, np

from .chunks import spans
from .dense import along_runs, column_sums, runs
from .elementwise import by_pieces
from .workspace import Workspace


@by_pieces()
def leaky_relu(x: Array, out: Array, *, slope: float) -> None:
    """x where it is positive, else slope * x; the slope is from 0 to 1."""
    finite = x
    if slope == 0:  # infinity times 0 would be NaN
        largest = np.finfo(x.dtype).max
        finite = np.clip(x, -largest, largest, out=out)
    np.multiply(finite, slope, out=out)
    np.maximum(x, out, out=out)


@by_pieces()
def leaky_relu_backward(y: Array, dy: Array, out: Array, *, slope: float) -> None:
    """dx = dy where y > 0, else slope * dy."""
    np.greater(y, 0, out=out)
    np.clip(out, slope, 1, out=out)
    out *= dy


@by_pieces()
def clip(x: Array, out: Array, *, most: float) -> None:
    """x from 0 to `most`, and these beyond them."""
    np.clip(x, 0, most, out=out)


@by_pieces(scratch=1)
def clip_backward(y: Array, dy: Array, out: Array, above: Array, *, most: float) -> None:
    """dx = dy where 0 < y < most."""
    np.greater(y, 0, out=out)
    np.less(y, most, out=above)
    out *= above
    out *= dy


@by_pieces()
def hard_sigmoid(x: Array, out: Array) -> None:
    """(x + 3) / 6, from 0 to 1."""
    np.clip(x, -3, 3, out=out)
    out += 3
    out *= 1 / 6


@by_pieces(scratch=1)
def hard_sigmoid_backward(x: Array, dy: Array, out: Array, below: Array) -> None:
    """dx = dy / 6 where -3 < x < 3."""
    np.greater(x, -3, out=out)
    np.less(x, 3, out=below)
    out *= below
    out *= 1 / 6
    out *= dy


@by_pieces(scratch=1)
def hard_swish(x: Array, out: Array, share: Array) -> None:
    """x times its hard sigmoid; 0 up to -3, and x from 3 on."""
    np.clip(x, -3, 3, out=share)
    share += 3
    share *= 1 / 6
    np.clip(x, -3, np.inf, out=out)  # infinity times 0 would be NaN
    out *= share


@by_pieces(scratch=1)
def hard_swish_backward(x: Array, dy: Array, out: Array, inside: Array) -> None:
    """dx = dy (x/3 + 1/2) from -3 to 3; 0 below, and dy above."""
    np.clip(x, -3, 3, out=out)
    np.equal(x, out, out=inside)
    out *= 1 / 3
    out += 0.5
    out *= inside
    np.greater(x, 3, out=inside)
    out += inside
    out *= dy


def prelu(workspace: Workspace, x: Array, slopes: Array) -> Array:
    """x where it is positive, else its channel's slope (C,) times x."""
    y: Array = workspace.empty(x.shape, x.dtype)
    source, target = runs(x), runs(y)
    slope = along_runs(workspace, slopes, source)
    for span in spans(len(source), 3 * source[:1].nbytes):
        negative = np.clip(source[span], -np.inf, 0, out=target[span])
        negative *= slope
        positive = workspace.empty(negative.shape, x.dtype)
        negative += np.clip(source[span], 0, np.inf, out=positive)
    return y


def prelu_backward(
    workspace: Workspace, x: Array, dy: Array, slopes: Array
) -> tuple[Array, NDArray[np.float64]]:
    """dx = dy where x > 0, else slope * dy; and of each slope the sum of dy*x where x < 0, (C,)."""
    dx: Array = workspace.empty(x.shape, x.dtype)
    dslopes = np.zeros(x.shape[-1])
    source, upstream, target = runs(x), runs(dy), runs(dx)
    slope = along_runs(workspace, slopes, source)
    for span in spans(len(source), 4 * source[:1].nbytes):
        piece = target[span]
        np.clip(source[span], -np.inf, 0, out=piece)
        piece *= upstream[span]
        dslopes += column_sums(piece.reshape(-1, x.shape[-1]))
        rising = np.greater(source[span], 0, out=workspace.empty(piece.shape, x.dtype))
        np.subtract(1, rising, out=piece)
        piece *= slope
        piece += rising
        piece *= upstream[span]
    return dx, dslopes
