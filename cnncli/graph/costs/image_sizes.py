"""The image sizes that a network takes without a remainder."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from cnncli.config.specification import Specification
from cnncli.geometry import Volume
from cnncli.graph.shape_inference import Blueprint, infer_shapes
from cnncli.layers.base import Context
from cnncli.layers.input import Input

_LEAST, _MOST = 256, 20_000
"""Sizes are looked for up to twice the written one, but at least and at most up to these."""


class Sizes(NamedTuple):
    """Widths that fit strictly with a height that does, and heights with such a width.

    The size rule holds for each axis on its own, so that each goes with each; but for a join of a
    flattened map, whose size is that of both axes.
    """

    widths: tuple[int, ...]
    heights: tuple[int, ...]
    limit: int


def accepted_sizes(spec: Specification, image: Volume) -> Sizes:
    """Every size up to a limit that fits under `fit: strict`, for images as deep as `image`."""
    limit = min(max(2 * max(image.W, image.H), _LEAST), _MOST)
    blueprint = _strict(spec)

    def fits(W: int, H: int) -> bool:
        first: Any = spec.layers[0].layer
        seen = infer_shapes(blueprint, {0: replace(first, size=Volume(W, H, image.D))})
        return not seen.problems

    anchor = next((size for size in _probes(image, limit) if fits(*size)), None)
    if anchor is None:
        return Sizes((), (), limit)
    W, H = anchor
    widths = tuple(w for w in range(1, limit + 1) if fits(w, H))
    square = image.W == image.H and W == H and _is_square(spec)
    heights = widths if square else tuple(h for h in range(1, limit + 1) if fits(W, h))
    return Sizes(widths, heights, limit)


def _strict(spec: Specification) -> Blueprint:
    """The layers with `fit: strict` everywhere, and an INPUT of any size."""
    strict: dict[str, Any] = {"fit": "strict"}
    layers = [
        replace(written, layer=replace(written.layer, **strict))
        if written.layer and getattr(written.layer, "fit", None)
        else written
        for written in spec.layers
    ]
    contexts = [Context("strict", spec.train.init) for _ in layers]
    return Blueprint(layers, contexts, decisions=spec.decisions)


def _probes(image: Volume, limit: int) -> Iterator[tuple[int, int]]:
    """Sizes to begin with: the written one, squares, then rectangles near the written one."""
    yield image.W, image.H
    for size in range(1, limit + 1):
        yield size, size
    near = range(-16, 17)
    for W, H in product((image.W + across for across in near), (image.H + down for down in near)):
        if W > 0 and H > 0:
            yield W, H


def _is_square(spec: Specification) -> bool:
    """Whether no layer treats the axes differently."""
    layers = [each.layer for each in spec.layers if not isinstance(each.layer, Input)]
    names = ("F", "S", "P", "dilation")
    values = [getattr(layer, name, None) for layer in layers for name in names]
    pairs = [value for value in values if isinstance(value, tuple)]
    return all(pair[: len(pair) // 2] == pair[len(pair) // 2 :] for pair in pairs)


def runs(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """The sizes as (first, last, step) of runs with an even step."""
    found: list[tuple[int, int, int]] = []
    for size in sizes:
        first, last, step = found[-1] if found else (0, 0, 0)
        if found and (first == last or size - last == step):
            found[-1] = first, size, size - last
        else:
            found.append((size, size, 1))
    return found
