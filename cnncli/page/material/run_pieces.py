"""Pieces of what a run's own layers see of a test image, small enough to be written out."""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cnncli.geometry import Extent
from cnncli.layers.conv import Conv
from cnncli.layers.pool import Pool
from cnncli.layers.windows import window_geometry
from cnncli.page.figures.number_grids import Window
from cnncli.page.figures.window_steps import Example
from cnncli.page.subject import Subject

from .filter_choice import by_norm
from .number_examples import PADDING, STRIDES

SIDE = 9
"""Pixels of a piece across and down, so that its numbers can be read."""
WIDEST = 11
"""The largest window that is shown, as AlexNet's first."""
DEEPEST = 4
"""Depth slices that find room below each other."""
WRITABLE = 1_000
"""A number from which on there is no room in a cell."""
FILTERS = 2
SMALL = 0.3
"""Weights that are all smaller are shown with three places, and not two."""


class Piece(NamedTuple):
    """A run's own example, and where in the image its numbers lie.

    window: None where the layer sees a map that is not as large as the image.
    """

    example: Example
    window: Window | None


def convolution_piece(subject: Subject) -> Piece | str:
    """Of the first CONV, where a test image has most to show; or why there is none."""
    found = _seen_by(subject, Conv)
    if isinstance(found, str):
        return found
    node, x = found
    layer: Any = node.layer
    F, S, depth, name = layer.F, layer.S, x.shape[2], node.name
    kernel = subject.arrays[f"{name}.W"]
    if kernel.shape[2] != depth or max(layer.dilation) > 1 or S.W != S.H:
        return f"{name} has groups, a dilation or two strides, which are not shown here."
    if max(F) > WIDEST or depth > DEEPEST:
        return f"The filters of {name}, {F.W}x{F.H}x{depth}, are too large to be written out."
    best = by_norm(kernel)[:FILTERS]
    biases = subject.arrays[f"{name}.b"][best] if layer.bias else np.zeros(len(best))
    filters = kernel[..., best].transpose(3, 2, 0, 1)
    pads = set(window_geometry(layer, node.in_shapes[0]).P)
    is_whole = max(x.shape[:2]) <= SIDE and len(pads) == 1 and 0 <= min(pads) <= PADDING
    height, width, _ = x.shape
    window = Window(0, 0, width, height) if is_whole else _most_varied(x, F, S.W)
    piece = _cut(x, window).transpose(2, 0, 1)
    if not max(np.abs(each).max() for each in (piece, filters, biases)) < WRITABLE:
        return f"The numbers that {name} sees are too large to be written out."
    places = 2 if np.abs(filters).max() >= SMALL else 3
    which = " and ".join(f"W{k} is its filter {number}" for k, number in enumerate(best))
    note = (
        f"{_what(subject, name, is_whole)}. {which}, chosen by the largest weights. Numbers are "
        f"rounded to {places} places, and a smaller F takes the middle of a filter."
    )
    start = {"F": max(F), "S": S.W, "P": pads.pop() if is_whole else 0}
    most = {"F": max(F), "S": max(S.W, STRIDES), "P": PADDING}
    example = Example(
        f"this run: {name}", note, _rounded(piece, places), start, most,
        _rounded(filters, places), _rounded(biases, places), places,
    )  # fmt: skip
    return _placed(subject, example, x, window)


def pooling_piece(subject: Subject) -> Piece | str:
    """Of the first POOL, in the depth slice that has most to show; or why there is none."""
    found = _seen_by(subject, Pool)
    if isinstance(found, str):
        return found
    node, x = found
    layer: Any = node.layer
    F, S, name = layer.F, layer.S, node.name
    if F == "global" or layer.mode == "L2" or F.W != F.H or S.W != S.H or F.W > WIDEST:
        return f"{name} takes the whole map, an L2 norm or no square, which is not shown here."
    depth = int(x.var(axis=(0, 1)).argmax())
    plane = x[:, :, depth : depth + 1]
    window = _most_varied(plane, F, S.W)
    piece = _cut(plane, window).transpose(2, 0, 1)
    if not np.abs(piece).max() < WRITABLE:
        return f"The numbers that {name} sees are too large to be written out."
    note = (
        f"{_what(subject, name, window[2:] == x.shape[1::-1])}, of depth slice {depth}. Numbers "
        "are rounded to 2 places."
    )
    start, most = {"F": F.W, "S": S.W}, {"F": min(window[2:]), "S": max(S.W, STRIDES)}
    example = Example(
        f"this run: {name}", note, _rounded(piece, 2), start, most, places=2, mode=layer.mode
    )
    return _placed(subject, example, x, window)


def _seen_by(subject: Subject, kind: type) -> tuple[Any, NDArray[Any]] | str:
    """The first layer of a kind, and the map (H, W, D) that it sees of the sample; or why not."""
    node = next((node for node in subject.graph.nodes if isinstance(node.layer, kind)), None)
    if node is None:
        return f"The network has no {kind.__name__.upper()}: the numbers are not its own."
    if subject.sample_outputs is None:
        return f"{subject.without_images} The numbers are not this network's own."
    return node, subject.sample_outputs[node.inputs[0]]


def _what(subject: Subject, name: str, is_whole: bool) -> str:
    part = "all" if is_whole else "the piece that varies most"
    true = subject.answer(subject.sample).true
    return f"What {name} of this run sees of a test image of class {true}: {part}"


def _placed(subject: Subject, example: Example, x: NDArray[Any], window: Window) -> Piece:
    is_of_pixels = x.shape[:2] == subject.image(subject.sample).shape[:2]
    return Piece(example, window if is_of_pixels else None)


def _most_varied(x: NDArray[Any], F: Extent, S: int) -> Window:
    """The piece of x (H, W, D) that varies most, of a size with a whole number of places."""
    width, height = (
        _size(size, extent, S) for size, extent in zip((x.shape[1], x.shape[0]), F, strict=True)
    )
    step = -(-max(x.shape[:2]) // 32)
    views = sliding_window_view(x.astype(np.float64), (height, width), (0, 1))[::step, ::step]
    varied = views.var(axis=(3, 4)).sum(axis=2)
    top, left = np.unravel_index(varied.argmax(), varied.shape)
    return Window(int(left) * step, int(top) * step, width, height)


def _size(size: int, F: int, S: int) -> int:
    """The largest for F + n*S that is neither larger than the map nor than a piece."""
    most = min(size, max(SIDE, F))
    return F + (most - F) // S * S if most >= F else most


def _cut(x: NDArray[Any], window: Window) -> NDArray[Any]:
    left, top, width, height = window
    return x[top : top + height, left : left + width]


def _rounded(values: NDArray[Any], places: int) -> Any:
    found = np.round(values.astype(np.float64), places) + 0.0
    return found.tolist()
