"""Products of volumes, and of volumes and gates (N, 1, 1, C), a number for each map."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.lazy import Array, np

from .chunks import spans
from .dense import ones
from .workspace import Workspace


def multiply(workspace: Workspace, xs: Sequence[Array]) -> Array:
    """x1 * x2 * ..., as large as the largest."""
    shape = max((x.shape for x in xs), key=lambda shape: shape[1] * shape[2])
    y: Array = workspace.empty(shape, xs[0].dtype)
    for span in spans(len(y), 2 * y[:1].nbytes):
        piece = y[span]
        np.copyto(piece, xs[0][span])
        for x in xs[1:]:
            _multiply_by(workspace, piece, x[span])
    return y


def multiply_backward(workspace: Workspace, xs: Sequence[Array], dy: Array) -> tuple[Array, ...]:
    """Of each volume dy times the others; of a gate its sum over the map."""
    dxs: list[Array] = [workspace.empty(x.shape, x.dtype) for x in xs]
    for span in spans(len(dy), 3 * dy[:1].nbytes):
        for number, dx in enumerate(dxs):
            is_gate = dx.shape != dy.shape
            piece = workspace.empty(dy[span].shape, dy.dtype) if is_gate else dx[span]
            np.copyto(piece, dy[span])
            for other, x in enumerate(xs):
                if other != number:
                    _multiply_by(workspace, piece, x[span])
            if is_gate:
                pixels = piece.reshape(len(piece), -1, piece.shape[-1])
                total = np.matmul(ones(pixels.shape[1], dy.dtype), pixels)
                np.copyto(dx[span], total[:, None, None])
    return tuple(dxs)


def _multiply_by(workspace: Workspace, piece: Array, x: Array) -> None:
    """A gate is laid along a line first: NumPy's loops over C numbers alone take longer."""
    if x.shape == piece.shape:
        piece *= x
        return
    N, H, W, C = piece.shape
    line: Array = workspace.empty((N, 1, W, C), x.dtype)
    np.copyto(line, x)
    flat = piece.reshape(N, H, W * C)
    flat *= line.reshape(N, 1, W * C)
