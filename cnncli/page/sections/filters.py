"""Figure 9 of the notes: what the filters have learned, and the patches that excite them most."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from cnncli.graph.network import Node
from cnncli.inference.layer_outputs import filters_of
from cnncli.lazy import Array
from cnncli.page.elements import Content, element
from cnncli.page.figures.filter_sheet import Filters, as_colours, as_slices, filter_sheet
from cnncli.page.figures.patches import atlas, patch
from cnncli.page.figures.sheets import fit, sheet_of
from cnncli.page.material.filter_choice import layers_with_filters, norms
from cnncli.page.section import Section, figure
from cnncli.page.shrinking import shrink
from cnncli.page.subject import Subject
from cnncli.text import count

TITLE = "Learned filters"
SIDES = (16, 12, 10, 8, 6, 4)
"""Pixels of patches and maps, if they take few enough bytes."""
BYTES = 600_000
"""Of all pictures of the part, as they stand in the page."""
_WEIGHTS = 32
"""Weights of a filter across or down; of a larger one the means over blocks."""


def filters(subject: Subject) -> Section:
    """Of the first layer as colours, of some later ones as slices."""
    if subject.saved is None:
        return Section.absent("filters", TITLE, subject.without_images)
    layers = [subject.graph.by_name[name] for name in subject.filters]
    if not layers:
        reason = "The network has no CONV, and no FC that reads a volume."
        return Section.absent("filters", TITLE, reason)
    if not all(np.isfinite(subject.arrays[f"{node.name}.W"]).all() for node in layers):
        return Section.absent("filters", TITLE, "The network's weights are not finite.")
    shown = [_shown(subject, node) for node in layers]
    used = sum(len(each.filters.src) for each in shown)
    pictures = fit(lambda side: _pictures(subject, layers, side), SIDES, BYTES - used, _bytes)
    press = "Choose a filter: by a click, or with the arrow keys and Enter."
    body: list[Content] = [
        element("p", _introduction(subject)),
        element("p", f"{press} {_patches_words(subject)}", class_="moves note"),
    ]
    drawings: dict[str, Element] = {}
    for each in shown:
        name, (_, h, w, depth) = each.node.name, each.weights.shape
        title = f"{count(len(each.numbers), 'filter')} of {name}, the largest norm first"
        drawn = filter_sheet(title, name, each.names, each.filters)
        drawings[f"filters-{name}"] = drawn
        body += [
            element("h3", f"{name}: {each.node.kind} with filters of {w}x{h}x{depth}"),
            figure(drawn, _caption(each), data_layer=name),
        ]
    data = [{**_data(each), **own} for each, own in zip(shown, pictures, strict=True)]
    return Section("filters", TITLE, body, data, drawings)


class Shown(NamedTuple):
    """A layer, its filters that are shown, their weights (k, h, w, C), and these as pixels."""

    node: Node
    numbers: Sequence[int]
    names: Sequence[str]
    weights: Array
    filters: Filters

    @property
    def has_colours(self) -> bool:
        return not self.filters.channels and self.weights.shape[3] == 3


def _shown(subject: Subject, node: Node) -> Shown:
    """Filters that are as deep as a picture are one; of others each slice is."""
    assert subject.saved
    numbers = subject.filters[node.name]
    weights = filters_of(subject.saved, node.name, subject.arrays[f"{node.name}.W"][..., numbers])
    small = np.stack([shrink(each, _WEIGHTS) for each in weights])
    depth = weights.shape[3]
    is_picture = depth == 1 or depth == node.in_shapes[0].D == 3
    is_last = node.name == subject.graph.scores
    names = [subject.classes[k] if is_last else f"filter {k}" for k in numbers]
    return Shown(
        node, numbers, names, weights, as_colours(small) if is_picture else as_slices(small)
    )


def _pictures(subject: Subject, layers: Sequence[Node], side: int) -> list[dict[str, Any]]:
    """Of each layer the maps of its filters for the chosen pictures, and the patches."""
    return [
        {"maps": _maps(subject, node, side), "patches": _patches(subject, node, side)}
        for node in layers
    ]


def _bytes(found: Sequence[dict[str, Any]]) -> int:
    return sum(
        sum(len(src) for src, _, _ in each["maps"]["sheets"])
        + (len(each["patches"]["src"]) if each["patches"] else 0)
        for each in found
    )


def _maps(subject: Subject, node: Node, side: int) -> dict[str, Any]:
    """A sheet for each picture that is on its way, with the size of a map on it."""
    if subject.journey is None:
        return {"sheets": [], "size": [0, 0]}
    shown = subject.journey.outputs[node.name][..., subject.filters[node.name]]
    maps = [shrink(each, side) for each in shown]
    h, w, _ = maps[0].shape
    return {"sheets": [list(sheet_of(each)) for each in maps], "size": [w, h]}


def _patches(subject: Subject, node: Node, side: int) -> dict[str, Any] | None:
    """An atlas with a row for each filter, and of each patch where it is from."""
    if subject.observation is None:
        return None
    peaks = subject.observation.peaks[node.name]
    if not np.isfinite(peaks.values).all():
        return None
    seen = np.unique(peaks.images)
    pixels = dict(zip(seen.tolist(), subject.to_look_at(subject.images(seen)), strict=True))
    rows, told = [], []
    for images, ys, xs, values in zip(*peaks, strict=True):
        places = list(zip(images.tolist(), ys.tolist(), xs.tolist(), strict=True))
        rows.append([patch(pixels[i], node.receptive_field, y, x) for i, y, x in places])
        told.append([
            [subject.answer(i).true, i, x, y, float(f"{value:.4g}")]
            for (i, y, x), value in zip(places, values.tolist(), strict=True)
        ])  # fmt: skip
    src, size = atlas(rows, side)
    return {"src": src, "size": size, "of": told}


def _data(shown: Shown) -> dict[str, Any]:
    sizes = norms(np.moveaxis(shown.weights, 0, -1))
    return {
        "name": shown.node.name,
        "filters": shown.numbers,
        "names": shown.names,
        "norms": [float(f"{size:.4g}") for size in sizes],
        "size": shown.filters.size,
        "across": shown.filters.across,
        "channels": _inputs(shown),
        "field": list(shown.node.receptive_field.pixels),
    }


def _inputs(shown: Shown) -> list[list[int]]:
    """The channels of the layer's input whose slices are shown, which groups have in part."""
    node, depth = shown.node, shown.weights.shape[3]
    groups = node.in_shapes[0].D // depth
    of_each = node.out_shape.D // groups
    return [
        [number // of_each * depth + channel for channel in channels]
        for number, channels in zip(shown.numbers, shown.filters.channels, strict=False)
    ]


def _introduction(subject: Subject) -> str:
    words = (
        "A filter answers where the image looks like it. In a first layer that has learned, "
        "filters are smooth: edges, spots and colours; noise in them means too little training, "
        "too high a learning rate or too little weight decay. The first ones have the largest norm."
    )
    left_out = len(layers_with_filters(subject.graph)) - len(subject.filters)
    return words + (f" {count(left_out, 'layer')} with filters are left out." if left_out else "")


def _caption(shown: Shown) -> str:
    """How weights became pixels, and what is not shown."""
    kept, of, depth = len(shown.numbers), shown.node.out_shape.D, shown.weights.shape[3]
    ends = "full or no red, green or blue" if shown.has_colours else "white or black"
    words = [
        f"Grey is a weight of 0; the largest weight of each filter, without its sign, is {ends}."
    ]
    if shown.filters.channels and depth > shown.filters.across:
        words.append(f"Of {depth:,} slices the {shown.filters.across} of the largest norm stand "
                     "here.")  # fmt: skip
    if kept < of:
        words.append(f"Of {of:,} filters the {kept} of the largest norm stand here.")
    return " ".join(words)


def _patches_words(subject: Subject) -> str:
    """Where the patches are from that stand beside a filter."""
    if subject.observation is None or subject.judgement is None:
        return f"Patches that excite it are missing. {subject.without_images}"
    looked, images = len(subject.observation.images), len(subject.judgement.judged.split.labels)
    among = f"{looked:,} of {images:,} test images, evenly spread"
    if looked == images:
        among = f"all {images:,} test images"
    return (
        f"Beside it stand its map and the nine patches that excite it most, from {among}, at most "
        "one of each image."
    )
