"""The network as a drawing with volumes to scale, beside the table of its layers."""

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from cnncli.bounds import MAX_NAME, MAX_PAGE_LAYERS
from cnncli.graph.network import Graph
from cnncli.page.elements import element, scrolling
from cnncli.page.figures.network_drawing import SCALE, draw_network
from cnncli.page.section import Section, figure
from cnncli.page.subject import Subject
from cnncli.problems import Problem
from cnncli.report.drawing.boxes import Box, boxes
from cnncli.report.drawing.excerpt import Fold, Part, excerpt
from cnncli.report.shapes.columns import COLUMNS, LayerColumn, Row
from cnncli.report.shapes.explain import explanation
from cnncli.report.shapes.layer_numbers import Measured, measure, sums_over
from cnncli.report.table import Cell, exact
from cnncli.text import count, printable, short

_EXPLAINED = 300_000
"""Characters of all explanations together."""
_WARNINGS = 20
_LONG = 40
"""Characters of a text that may be broken anywhere."""
_COLUMNS = ("layer", "kind", "from", "hyperparameters", "output", "parameters", "macs")


def network(subject: Subject) -> Section:
    """Its data are the explanations of the layers, in the order of the drawing."""
    spec, graph = subject.spec, subject.graph
    parts = excerpt(boxes(spec, graph), MAX_PAGE_LAYERS)
    drawn = draw_network(subject.name, graph, parts)
    measured = measure(graph)
    written = {layer.name: layer for layer in spec.layers}
    texts = [
        explanation(graph, written[part.name], measured[part.name])
        for part in parts
        if isinstance(part, Box)
    ]
    told = level([len(text) for text in texts], _EXPLAINED)
    is_cut = any(len(text) > told for text in texts)
    body = [
        element("p", _lead(graph)),
        element("p", "Point at a layer, or go from layer to layer with the arrow keys, for its "
                "formulas with their numbers; a click goes from the drawing to the table and back.",
                class_="moves"),
        *_warnings(subject.checked.problems),
        *_left_out(parts, drawn.lines_left_out, is_cut=is_cut),
        figure(drawn.svg, SCALE),
        _table(subject, parts, measured),
        element("pre", hidden=True, class_="formulas moves", id="network-formulas", tabindex="0",
                role="group", aria_label="Formulas of the layer"),
    ]  # fmt: skip
    data = {"texts": [_cut(text, told) for text in texts]}
    return Section("network", "The network", body, data, {"network": drawn.svg})


def level(lengths: Sequence[int], most: int) -> int:
    """To how much each may be cut, so that all are at most so many together: a water level."""
    left, shown = most, max(lengths, default=0)
    for done, size in enumerate(sorted(lengths)):
        share = left // (len(lengths) - done)
        if size > share:
            return share
        left -= size
    return shown


def _cut(text: str, most: int) -> str:
    return "\n".join(map(printable, short(text, most).split("\n")))


def _lead(graph: Graph) -> str:
    ways = sum(len(node.inputs) > 1 for node in graph.nodes)
    text = (
        f"Each layer makes a volume of another: the image of {graph.image} becomes "
        f"{count(graph.classes, 'class score')}. Usually width and height shrink on the way while "
        "the depth grows."
    )
    return f"{text} In {count(ways, 'layer')} side ways come together." if ways else text


def _warnings(problems: Sequence[Problem]) -> Iterator[Element]:
    """Those of layers; others may name places of this machine."""
    found = [each for each in problems if each.severity == "warning" and each.layer]
    if found:
        items = [
            element("li", f"{short(each.layer or '', MAX_NAME)}: {each.message}")
            for each in found[:_WARNINGS]
        ]
        rest = len(found) - len(items)
        more = (
            element("p", f"{count(rest, 'more warning')}: `cnn shapes` tells them.")
            if rest
            else None
        )
        yield element("div", element("p", "Can be trained, but is hardly meant:"),
                      element("ul", *items), more, class_="warning")  # fmt: skip


def _left_out(parts: Sequence[Part], lines: int, *, is_cut: bool) -> Iterator[Element]:
    hidden = sum(len(part.boxes) for part in parts if isinstance(part, Fold))
    said = []
    if hidden:
        said.append(
            f"{count(hidden, 'layer')} of {hidden + sum(isinstance(p, Box) for p in parts):,} are "
            f"folded: a page draws at most {MAX_PAGE_LAYERS}. `cnn shapes` lists all of them."
        )
    if lines:
        said.append(f"{count(lines, 'line')} between layers found no room in the drawing.")
    if is_cut:
        said.append("Long formulas are cut; `cnn shapes --explain LAYER` tells them whole.")
    if said:
        yield element("p", " ".join(said), class_="note")


def _table(subject: Subject, parts: Sequence[Part], measured: Mapping[str, Measured]) -> Element:
    rows = _rows(subject, measured)
    has_branches = any(COLUMNS["from"].cell(row) for row in rows.values())
    columns = [COLUMNS[name] for name in _COLUMNS if name != "from" or has_branches]
    sums = sums_over(measured.values())
    head = element("tr", *(
        element("th", column.heading.heading.replace("-\n", "-").replace("\n", " "), scope="col",
                class_=_class(column))
        for column in columns
    ))  # fmt: skip
    body: list[Element] = []
    number = 0
    for part in parts:
        if isinstance(part, Fold):
            body.append(
                element("tr", element("td", part.says, colspan=len(columns)), class_="folded")
            )
        else:
            cells = [
                _cell(column, column.cell(rows[part.name]), i) for i, column in enumerate(columns)
            ]
            body.append(element("tr", *cells, data_layer=number))
            number += 1
    total = [column.total(sums, sums) if column.total else "" for column in columns]
    total[0] = "total"
    foot = element(
        "tr",
        *(
            _cell(column, value, i)
            for i, (column, value) in enumerate(zip(columns, total, strict=True))
        ),
    )
    table = element(
        "table", element("thead", head), element("tbody", *body), element("tfoot", foot)
    )
    return scrolling(table, "The table of the layers", "layers")


def _rows(subject: Subject, measured: Mapping[str, Measured]) -> dict[str, Row]:
    layers = subject.spec.layers
    above = [None, *(layer.name for layer in layers)]
    sums = sums_over(measured.values())
    return {
        layer.name: Row(layer, before, measured.get(layer.name), sums)
        for layer, before in zip(layers, above, strict=False)
    }


def _cell(column: LayerColumn, value: Cell, place: int) -> Element:
    text = exact(value)
    tag, scope = ("td", None) if place else ("th", "row")
    kind = "long" if len(text) > _LONG else _class(column)
    return element(tag, text, scope=scope, class_=kind)


def _class(column: LayerColumn) -> str | None:
    return "number" if column.heading.numeric else None
