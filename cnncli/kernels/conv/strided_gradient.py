"""The transpose of a convolution with a stride, which is a convolution itself.

At stride S a pixel of dx takes part in every S-th window only, and in which depends on the pixel's
remainder by S. So the pixels of each phase are outputs of a convolution of dy at stride 1, with
those pixels of the filters that see them.

Of shallow volumes these products would be narrow. There S x S pixels of dx are the S*S*C outputs of
one place, by filters in which the taps are sorted by remainder (sub-pixel convolution, Shi et al.
2016), with zeros where a place does not see a pixel: one product, wider than what it saves.
"""

from collections.abc import Iterator

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array

from .gemm import blocks, by_group, filters_by_group, multiply, turn_filters, windows
from .phases import phases_of_gradient

_DEEP = 16
"""Channels of a group from which on the products of the phases are wide enough."""


def strided_input_gradient(
    workspace: Workspace, W: Array, geometry: Geometry, dy: Array, shape: tuple[int, ...]
) -> Array:
    """dx of the given shape (N, H, W, C): dy (N, H2, W2, K) goes back through W (F, F, C/G, K)."""
    dx: Array = workspace.empty(shape, dy.dtype)
    (_write_phases if W.shape[2] >= _DEEP else _write_places)(workspace, W, geometry, dy, dx)
    return dx


def _write_phases(workspace: Workspace, W: Array, geometry: Geometry, dy: Array, dx: Array) -> None:
    groups, parts = dx.shape[-1] // W.shape[2], phases_of_gradient(geometry)
    if len(parts) < geometry.S.W * geometry.S.H:  # some pixels are in no window
        dx.fill(0)
    for part, around in parts:
        filters = filters_by_group(turn_filters(workspace, W[part.taps], groups), groups)
        pixels = part.of(dx)
        for padded, block in blocks(workspace, dy, around):
            rows = windows(workspace, padded, around, block, groups)
            out: Array = workspace.empty((groups, rows.shape[1], filters.shape[2]), dy.dtype)
            multiply(workspace, rows, filters, out)
            target = pixels[block.images, block.rows]
            by_pixel = target.reshape(*target.shape[:3], groups, -1)
            by_pixel[...] = out.reshape(groups, *target.shape[:3], -1).transpose(1, 2, 3, 0, 4)


def _write_places(workspace: Workspace, W: Array, geometry: Geometry, dy: Array, dx: Array) -> None:
    groups, S = dx.shape[-1] // W.shape[2], geometry.S
    dy_geometry = _places_of_dy(geometry)
    filters = _sorted_taps(workspace, W, geometry, dy_geometry.F, groups)
    for padded, block in blocks(workspace, dy, dy_geometry):
        rows = windows(workspace, padded, dy_geometry, block, groups)
        out: Array = workspace.empty((groups, rows.shape[1], filters.shape[2]), dy.dtype)
        multiply(workspace, rows, filters, out)
        part = dx[block.images, block.rows.start * S.H : block.rows.stop * S.H]
        _write(out, part, S)


def _taps(F: int, S: int, P: int, dilation: int) -> tuple[int, int]:
    """The first and the last place of dy that see some of S pixels, counted from their own."""
    return -(((F - 1) * dilation - P) // S), -(-P // S)


def _places_of_dy(geometry: Geometry) -> Geometry:
    """For every S x S pixels of x the window of places of dy that saw them."""
    size, F, S, P, out = geometry.size, geometry.F, geometry.S, geometry.P, geometry.out
    across = _taps(F.W, S.W, P.left, geometry.dilation.W)
    down = _taps(F.H, S.H, P.top, geometry.dilation.H)
    Q = Extent(-(-size.W // S.W), -(-size.H // S.H))
    extent = Extent(across[1] - across[0] + 1, down[1] - down[0] + 1)
    padding = Padding(-across[0], Q.W + across[1] - out.W, -down[0], Q.H + down[1] - out.H)
    return Geometry(out, extent, Extent(1, 1), padding, Q)


def _sorted_taps(
    workspace: Workspace, W: Array, geometry: Geometry, extent: Extent, groups: int
) -> Array:
    """(groups, E*E*K/groups, S*S*C/groups): zero where a place does not see a pixel."""
    FH, FW, depth, K = W.shape
    S, P, dilation = geometry.S, geometry.P, geometry.dilation
    shape = (extent.H, extent.W, K // groups, groups, S.H, S.W, depth)
    taps: Array = workspace.zeros(shape, W.dtype)
    by_filter = W.reshape(FH, FW, depth, groups, K // groups).transpose(0, 1, 4, 3, 2)
    for i, j, r in _tap_places(FH, S.H, P.top, dilation.H):
        for k, m, s in _tap_places(FW, S.W, P.left, dilation.W):
            taps[j, m, :, :, r, s] = by_filter[i, k]
    matrix = taps.reshape(extent.H * extent.W * (K // groups), groups * S.H * S.W * depth)
    return by_group(matrix, groups)


def _tap_places(F: int, S: int, P: int, dilation: int) -> Iterator[tuple[int, int, int]]:
    """For each tap of a filter: which of the places it belongs to, and the pixel's remainder."""
    first, _ = _taps(F, S, P, dilation)
    for tap in range(F):
        place, rest = divmod(tap * dilation - P, S)
        yield tap, -place - first, rest


def _write(out: Array, part: Array, S: Extent) -> None:
    """Writes places (groups, places, S*S*C/groups) to their pixels (n, rows, W, C)."""
    n, height, width, C = part.shape
    groups, rows, columns = len(out), -(-height // S.H), -(-width // S.W)
    pixels = out.reshape(groups, n, rows, columns, S.H, S.W, C // groups)
    for r in range(S.H):
        for s in range(S.W):
            target = part[:, r :: S.H, s :: S.W]
            lines, places = target.shape[1:3]
            source = pixels[:, :, :lines, :places, r, s].transpose(1, 2, 3, 0, 4)
            target.reshape(*target.shape[:3], groups, C // groups)[...] = source
