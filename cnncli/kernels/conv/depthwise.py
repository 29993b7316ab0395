"""Depthwise convolution: every channel has filters of its own, and there is no sum over channels.

Products of matrices would have one column each. Instead, every pixel of a filter is multiplied
with runs of shifted pixels, and added: F*F multiply-adds for each run. At stride 1 the pixels of a
line lie side by side, and it is cut into runs for which all that takes part stays in level-1 cache.
At larger strides the pixels of a run lie apart: those of each phase are copied side by side,
unless a pixel is deep enough to be a run of its own.

Notation: x (N, H, W, C), filters W (F, F, 1, K) with K/C for each channel, y (N, H2, W2, K).
"""

from collections.abc import Sequence
from functools import cache
from math import log

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES, spans
from cnncli.kernels.dense import along_lines
from cnncli.kernels.epilogue import PLAIN, Cut, Epilogue, add_biases
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from .phases import phases_across, phases_of_gradient, whole
from .windows import Frame, padded_size, view, windows_around

_DEEP = 128
"""Numbers of a pixel from which on runs of one pixel cost less than a copy of the phases."""


_RUN = 1 << 10
"""Numbers of a run, about: filters take F*F times as many."""


@cache
def _runs(geometry: Geometry, K: int) -> int:
    """Into how many runs a line of places is cut, all of one length."""
    W2 = geometry.out.W
    if geometry.S.W > 1:
        return W2
    counts = [count for count in range(1, W2 + 1) if W2 % count == 0]
    return min(counts, key=lambda count: abs(log(W2 * K / (count * _RUN))), default=1)


def _windows(padded: Array, geometry: Geometry) -> Array:
    """(n, H2, runs, F.H, F.W, places of a run * K), a view."""
    (windows,) = view(padded, geometry, slice(0, geometry.out.H))
    by_offset = windows.transpose(0, 1, 3, 4, 2, 5)  # (n, H2, F.H, F.W, W2, K)
    runs: Array = by_offset.reshape(*by_offset.shape[:4], _runs(geometry, padded.shape[-1]), -1)
    return runs.transpose(0, 1, 4, 2, 3, 5)


def _in_runs(array: Array, geometry: Geometry) -> Array:
    """(n, H2, W2, K) as (n, H2, runs, places of a run * K)."""
    return array.reshape(*array.shape[:2], _runs(geometry, array.shape[-1]), -1)


def _spans(images: int, geometry: Geometry, K: int, itemsize: int) -> list[slice]:
    """Some images at a time, which fit the cache with their padding."""
    W, H = padded_size(geometry)
    return list(spans(images, W * H * K * itemsize, PRODUCT_BYTES))


def _frames(
    workspace: Workspace,
    geometries: Sequence[Geometry],
    cuts: list[slice],
    like: Array,
    *,
    copied: bool = False,
    cut: Cut | None = None,
) -> list[Frame]:
    """For each geometry a frame for the images of any span, of the dtype and depth of `like`."""
    images = max((span.stop - span.start for span in cuts), default=0)
    return [Frame.make(workspace, one, images, like, copied=copied, cut=cut) for one in geometries]


def _repeat_channels(workspace: Workspace, x: Array, K: int) -> Array:
    """(n, H, W, K): every channel as often as it has filters."""
    C = x.shape[-1]
    if K == C:
        return x
    out: Array = workspace.empty((*x.shape[:3], K), x.dtype)
    for j in range(K // C):
        np.copyto(out[..., j :: K // C], x)
    return out


def _taps(workspace: Workspace, W: Array, geometry: Geometry) -> Array:
    """(F, F, places of a run * K): the filters side by side."""
    FH, FW, _, K = W.shape
    places = geometry.out.W // _runs(geometry, K)
    taps: Array = workspace.empty((FH, FW, places * K), W.dtype)
    np.copyto(taps.reshape(FH, FW, places, K), W)
    return taps


def _multiply_add(padded: Array, taps: Array, geometry: Geometry, out: Array) -> None:
    """Writes the sum over the filters' pixels to `out` (n, H2, W2, K)."""
    runs = _in_runs(out, geometry)
    np.einsum("nrpijl,ijl->nrpl", _windows(padded, geometry), taps, out=runs)


def forward(
    workspace: Workspace,
    x: Array,
    W: Array,
    b: Array | None,
    geometry: Geometry,
    epilogue: Epilogue = PLAIN,
    cut: Cut | None = None,
) -> Array:
    """y = each channel's windows times the channel's filters, plus b; then the epilogue.

    cut: what is done to x before, for each filter of a channel.
    """
    K = W.shape[3]
    y: Array = workspace.empty((x.shape[0], geometry.out.H, geometry.out.W, K), x.dtype)
    biases = None if b is None else along_lines(b, y)
    parts = phases_across(geometry) if K < _DEEP else [whole(geometry)]
    cuts = _spans(x.shape[0], geometry, K, x.itemsize)
    apart = geometry.S.W > parts[0].geometry.S.W
    frames = _frames(workspace, [part.geometry for part in parts], cuts, y, copied=apart, cut=cut)
    taps = [_taps(workspace, W[part.taps], part.geometry) for part in parts]
    for span in cuts:
        images, total = _repeat_channels(workspace, x[span], K), y[span]
        for part, frame, filters in zip(parts, frames, taps, strict=True):
            padded = frame.pad(part.of(images))
            if part is parts[0]:
                _multiply_add(padded, filters, part.geometry, total)
            else:
                term: Array = workspace.empty(total.shape, total.dtype)
                _multiply_add(padded, filters, part.geometry, term)
                total += term
        add_biases(total, biases, epilogue)
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
    column: Array = workspace.empty((FH, geometry.out.W // _runs(geometry, K) * K), x.dtype)
    cuts = _spans(x.shape[0], geometry, K, x.itemsize)
    (frame,) = _frames(workspace, [geometry], cuts, dy)
    for span in cuts:
        windows = _windows(frame.pad(_repeat_channels(workspace, x[span], K)), geometry)
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
    """At larger strides each phase of dx is a convolution of dy at stride 1.

    Returns (N, H, W, K), in which each filter has its channel for itself.
    """
    size, parts = geometry.size, phases_of_gradient(geometry)
    dx: Array = workspace.empty((len(dy), size.H, size.W, dy.shape[-1]), dy.dtype)
    if len(parts) < geometry.S.W * geometry.S.H:  # some pixels are in no window
        dx.fill(0)
    cuts = list(spans(len(dy), dx[:1].nbytes, PRODUCT_BYTES))
    frames = _frames(workspace, [around for _, around in parts], cuts, dy)
    taps = [_taps(workspace, W[part.taps][::-1, ::-1], around) for part, around in parts]
    for span in cuts:
        for (part, around), frame, filters in zip(parts, frames, taps, strict=True):
            pixels = part.of(dx[span])
            term: Array = workspace.empty(pixels.shape, dx.dtype)
            _multiply_add(frame.pad(dy[span]), filters, around, term)
            pixels[...] = term
    return dx
