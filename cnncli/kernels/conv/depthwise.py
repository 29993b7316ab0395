"""Depthwise convolution: every channel has filters of its own, and there is no sum over channels.

Products of matrices would have one column each. Instead, every pixel of a filter is multiplied
with whole lines of shifted pixels, and added: F*F multiply-adds of long runs for each line.

Notation: x (N, H, W, C), filters W (F, F, 1, K) with K/C for each channel, y (N, H2, W2, K).
"""

from collections.abc import Iterator

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES, spans
from cnncli.kernels.dense import along_lines, lines
from cnncli.kernels.epilogue import PLAIN, Epilogue, add_biases
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from .direct import windows_around
from .windows import Frame, offsets, padded_size, view


def _runs(geometry: Geometry) -> int:
    """Into how many runs a line of places is cut: at stride 1 its pixels lie side by side."""
    return 1 if geometry.S.W == 1 else geometry.out.W


def _windows(
    workspace: Workspace, x: Array, geometry: Geometry, K: int
) -> Iterator[tuple[slice, Array]]:
    """Some images in cache, and their windows as (n, H2, runs, F.H, F.W, places of a run * K)."""
    C, frame = x.shape[-1], None
    W, H = padded_size(geometry)
    for span in spans(x.shape[0], W * H * K * x.itemsize, PRODUCT_BYTES):
        images = x[span] if K == C else _repeat_channels(workspace, x[span], K)
        if frame is None:  # lengths of spans differ by at most one
            frame = Frame.make(workspace, geometry, span.stop - span.start + 1, images)
        (windows,) = view(frame.pad(images), geometry, slice(0, geometry.out.H))
        by_offset = windows.transpose(0, 1, 3, 4, 2, 5)  # (n, H2, F.H, F.W, W2, K)
        runs = by_offset.reshape(*by_offset.shape[:4], _runs(geometry), -1)
        yield span, runs.transpose(0, 1, 4, 2, 3, 5)


def _repeat_channels(workspace: Workspace, x: Array, K: int) -> Array:
    """(n, H, W, K): every channel as often as it has filters."""
    C = x.shape[-1]
    out: Array = workspace.empty((*x.shape[:3], K), x.dtype)
    for j in range(K // C):
        np.copyto(out[..., j :: K // C], x)
    return out


def _taps(workspace: Workspace, W: Array, places: int) -> Array:
    """(F, F, places * K): the filters side by side, for so many places."""
    FH, FW, _, K = W.shape
    taps: Array = workspace.empty((FH, FW, places * K), W.dtype)
    np.copyto(taps.reshape(FH, FW, places, K), W)
    return taps


def _in_runs(array: Array, geometry: Geometry) -> Array:
    """(n, H2, W2, K) as (n, H2, runs, places of a run * K)."""
    return array.reshape(*array.shape[:2], _runs(geometry), -1)


def forward(
    workspace: Workspace,
    x: Array,
    W: Array,
    b: Array | None,
    geometry: Geometry,
    epilogue: Epilogue = PLAIN,
) -> Array:
    """y = each channel's windows times the channel's filters, plus b; then the epilogue."""
    K = W.shape[3]
    y: Array = workspace.empty((x.shape[0], geometry.out.H, geometry.out.W, K), x.dtype)
    taps = _taps(workspace, W, geometry.out.W // _runs(geometry))
    biases = None if b is None else along_lines(b, y)
    for span, windows in _windows(workspace, x, geometry, K):
        part = y[span]
        np.einsum("nrpijl,ijl->nrpl", windows, taps, out=_in_runs(part, geometry))
        add_biases(part, biases, epilogue)
    return y


def backward(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """Writes dW, each channel's windows times dy; returns dx, dy taken back through the filters."""
    weight_gradient(workspace, x, geometry, dy, dW)
    if Extent(1, 1) == geometry.S:
        dx = forward(workspace, dy, W[::-1, ::-1], None, windows_around(geometry))
    else:
        dx = _strided_input_gradient(workspace, W, geometry, dy)
    return dx if dx.shape == x.shape else _over_filters(workspace, dx, x.shape)


def weight_gradient(
    workspace: Workspace, x: Array, geometry: Geometry, dy: Array, dW: Array
) -> None:
    """dW (F, F, 1, K) = sum over places of x's pixels times dy; pieces are added in float64."""
    FH, FW, _, K = dW.shape
    total = workspace.zeros((FH, FW, K), np.float64)
    column: Array = workspace.empty((FH, geometry.out.W // _runs(geometry) * K), x.dtype)
    for span, windows in _windows(workspace, x, geometry, K):
        upstream = _in_runs(dy[span], geometry)
        for j in range(FW):
            np.einsum("nrpil,nrpl->il", windows[..., j, :], upstream, out=column)
            total[:, j] += column.reshape(FH, -1, K).sum(axis=1, dtype=np.float64)
    dW[:, :, 0] = total


def _over_filters(workspace: Workspace, dx: Array, shape: tuple[int, ...]) -> Array:
    """(N, H, W, K) added up to (N, H, W, C), over the filters of each channel."""
    of_filters = dx.reshape(*shape, -1)
    total: Array = workspace.empty(shape, dx.dtype)
    np.copyto(total, of_filters[..., 0])
    for j in range(1, of_filters.shape[-1]):
        total += of_filters[..., j]
    return total


def _strided_input_gradient(workspace: Workspace, W: Array, geometry: Geometry, dy: Array) -> Array:
    """At larger strides dy times each pixel of a filter is added to the pixels that it saw.

    Returns (N, H, W, K), in which each filter has its channel for itself.
    """
    dx: Array = workspace.zeros((len(dy), geometry.size.H, geometry.size.W, dy.shape[-1]), dy.dtype)
    taps, frame = _taps(workspace, W, geometry.out.W), None
    for span in spans(len(dy), dx[:1].nbytes, PRODUCT_BYTES):
        images, upstream = dx[span], dy[span]
        if frame is None:  # lengths of spans differ by at most one
            frame = Frame.make(workspace, geometry, len(images) + 1, dx)
        padded = frame.blank(images)
        scaled: Array = workspace.empty(upstream.shape, dy.dtype)
        for i, j, at in offsets(geometry, slice(0, geometry.out.H), slice(0, geometry.out.W)):
            np.multiply(lines(upstream), taps[i, j], out=lines(scaled))
            padded[at] += scaled
        frame.unpad(padded, images)
    return dx
