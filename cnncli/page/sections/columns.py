"""Figure 5 of the notes: an image on its way, a column of maps for each layer, and its scores."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from cnncli.graph.costs.axis_field import AxisField, Span, hull
from cnncli.graph.network import Node
from cnncli.page.elements import element
from cnncli.page.figures.map_columns import BAR, Column, Score, label, map_columns
from cnncli.page.figures.sheets import Sheet, fit, sheet_of
from cnncli.page.material.column_choice import column_layers, column_maps
from cnncli.page.material.journey import OWN, SIDE, Journey, Verdict
from cnncli.page.section import Section, figure
from cnncli.page.shrinking import block
from cnncli.page.subject import Subject
from cnncli.text import count

TITLE = "An image on its way"
MAPS = (16, 12, 10, 8, 6, 4, 3, 2, 1)
"""How many maps of a layer are shown, if they take few enough bytes."""
BYTES = 700_000
"""Of all maps of the part, as they stand in the page, where it has room for them."""
CLASSES = 10
"""Bars of class scores."""

Sheets = list[dict[str, Sheet]]
"""By picture and layer."""


def columns(subject: Subject, room: int = BYTES) -> Section:
    """The maps of some pictures, to choose from.

    room: bytes that the other parts of the page leave for them.
    """
    if subject.saved is None:
        return Section.absent("columns", TITLE, subject.without_images)
    journey = subject.journey
    if journey is None:
        reason = subject.without_images or "The network's numbers are not finite."
        return Section.absent("columns", TITLE, reason)
    nodes, left_out = column_layers(subject.graph)
    room = min(room, BYTES)
    maps, sheets = fit(lambda most: _sheets(journey, nodes, most), MAPS, room, _bytes)
    if _bytes((maps, sheets)) > room:
        return Section.absent("columns", TITLE, "The other parts leave no room for the maps.")
    pictures = [
        {
            "number": number,
            "verdict": _verdict(subject, number, verdict),
            "scores": (scores := _scores(subject, journey, place)),
            "labels": [label(score) for score in scores],
            # those of the first one stand in the drawing
            "sheets": [[sheet.src if place else None, sheet.low, sheet.high]
                       for sheet in sheets[place].values()],
        }
        for place, (number, verdict) in enumerate(
            zip(journey.numbers, journey.verdicts, strict=True)
        )
    ]  # fmt: skip
    drawing = _drawing(subject, journey, nodes, maps, sheets[0])
    image = subject.graph.image
    data = {
        "image": [image.W, image.H],
        "layers": [_layer(node, journey, maps[node.name]) for node in nodes],
        "pictures": pictures,
        "bar": BAR,
    }
    caption = _caption(subject, journey, maps, left_out)
    return Section("columns", TITLE, [
        element("p", "Each column holds what a layer makes of the image: a map for each of its "
                "filters or channels, the lighter the larger the number. On the way maps get "
                "smaller, and show less of the image and more of its class; at the end, on the "
                "right, stand the class scores, sorted. A map of a RELU that stays black whatever "
                "the image is dead: it is never above zero."),
        element("p", "Choose an image, then a map: by a click, or with the arrow keys and Enter.",
                class_="moves note"),
        element("div", class_="row moves", role="group", aria_label="Images to choose from"),
        figure(drawing, caption),
    ], data, {"columns": drawing})  # fmt: skip


def _sheets(
    journey: Journey, nodes: Sequence[Node], most: int
) -> tuple[dict[str, list[int]], Sheets]:
    maps = column_maps(nodes, journey.outputs, most)
    return maps, [
        {node.name: sheet_of(journey.outputs[node.name][place][:, :, maps[node.name]])
         for node in nodes}
        for place in range(len(journey.numbers))
    ]  # fmt: skip


def _bytes(found: tuple[Mapping[str, Any], Sheets]) -> int:
    return sum(len(sheet.src) for sheets in found[1] for sheet in sheets.values())


def _drawing(
    subject: Subject,
    journey: Journey,
    nodes: Sequence[Node],
    maps: Mapping[str, Sequence[int]],
    sheets: Mapping[str, Sheet],
) -> Element:
    """Of the first picture."""
    picture = subject.album.pictures[journey.numbers[0]]
    shown = []
    for node in nodes:
        _, h, w, _ = journey.outputs[node.name].shape
        shown.append(Column(node.name, node.kind, str(node.out_shape), (w, h), maps[node.name],
                            sheets[node.name]))  # fmt: skip
    title = f"What each layer makes of the image {picture.name}, and its class scores"
    return map_columns(title, picture.src, shown, _scores(subject, journey, 0))


def _scores(subject: Subject, journey: Journey, place: int) -> list[Score]:
    """The best classes of a picture with probability, score, and whether it is of that one.

    The image's own class is among them.
    """
    true = subject.album.pictures[journey.numbers[place]].true
    scores, shares = journey.scores[place], journey.probabilities[place]
    order = (-scores).argsort(kind="stable").tolist()
    best = order[:CLASSES]
    own = [k for k in order[CLASSES:] if subject.classes[k] == true]
    return [
        Score(subject.classes[k], round(float(shares[k]), 5), round(float(scores[k]), 4),
              subject.classes[k] == true)
        for k in [*best[: CLASSES - len(own)], *own]
    ]  # fmt: skip


def _layer(node: Node, journey: Journey, maps: Sequence[int]) -> dict[str, Any]:
    """What the script needs of a column: sizes of the map and on the sheet, and what is seen."""
    _, h, w, _ = journey.outputs[node.name].shape
    W, H, _ = node.out_shape
    size = block(W, H, SIDE)
    return {
        "name": node.name,
        "size": [W, H],
        "shown": [w, h],
        "block": size,
        "maps": maps,
        "sees": [_seen(axis, size) for axis in node.receptive_field],
    }


def _seen(field: AxisField, size: int) -> list[tuple[Span, Span]]:
    """What the neurons of each block see along an axis: with the padding, and of the image."""
    blocks = [
        range(first, min(first + size, field.places)) for first in range(0, field.places, size)
    ]
    return [(hull(map(field.reach, places)), hull(map(field.seen, places))) for places in blocks]


def _verdict(subject: Subject, number: int, verdict: Verdict) -> str:
    picture = subject.album.pictures[number]
    if verdict == "own":
        return f"own: {picture.name}"
    if verdict == "right":
        return f"right: {picture.true}"
    return f"wrong: {picture.true} taken for {picture.predicted}"


def _caption(
    subject: Subject, journey: Journey, maps: Mapping[str, Sequence[int]], left_out: str
) -> str:
    depths = {name: journey.outputs[name].shape[3] for name in maps}
    words = [
        "Each layer has a scale of its own for each image, from its smallest number, or 0, in "
        "black to its largest, or 0, in white."
    ]
    if any(len(shown) < depths[name] for name, shown in maps.items()):
        most = max(len(shown) for shown in maps.values())
        words.append(
            f"Of each layer at most {count(most, 'map')} are shown: those whose numbers, without "
            "their signs, are the largest on average over these images; layers that work on each "
            "channel by itself, as RELU and POOL do, show the same channels as the one before."
        )
    if any(max(subject.graph.by_name[name].out_shape[:2]) > SIDE for name in maps):
        words.append(f"Maps larger than {SIDE}x{SIDE} are shrunk to means over blocks.")
    if left_out:
        words.append(left_out)
    if len(subject.classes) > CLASSES:
        words.append(f"Of {len(subject.classes):,} classes {CLASSES} stand at the end.")
    if len(subject.own) > OWN:
        words.append(f"Of {len(subject.own)} images of your own the first {OWN} are shown.")
    if subject.spec.data and subject.spec.data.views != ():
        words.append("The scores are those of the image as it is, without data.views.")
    if missing := len(subject.own_images) - journey.verdicts.count("own"):
        words.append(f"{count(missing, 'image')} of your own had no place any more on this page.")
    return " ".join(words)
