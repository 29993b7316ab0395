"""The part of a page that shows the network: its numbers are those of the graph."""

import json
import os
import re
from glob import glob
from html.parser import HTMLParser
from pathlib import Path
from time import process_time

import pytest

import cnncli
from cnncli.bounds import MAX_PAGE_LAYERS
from cnncli.graph.costs.totals import totals
from cnncli.page.elements import html
from cnncli.page.html_document import Document
from cnncli.page.sections.network import level, network
from cnncli.page.subject import Subject
from cnncli.report.shapes.explain import explain

CONFIGS = sorted(glob("configs/*.yaml"))
MOST = 2_000_000
"""Bytes of a page."""


def subject_of(source):
    return Subject(cnncli.Network(source).checked, notify=lambda text: None)


def rows_of(section, part):
    """The cells of the table's head, body or foot."""
    return [
        ["".join(cell.itertext()) for cell in row]
        for each in section.markup.iter(part)
        for row in each.iter("tr")
    ]


@pytest.mark.parametrize("config", CONFIGS, ids=os.path.basename)
def test_the_table_and_the_drawing_are_those_of_the_graph(config):
    subject = subject_of(config)
    spec, graph = subject.spec, subject.graph
    section = network(subject)
    by_name = graph.by_name
    (head,) = rows_of(section, "thead")
    assert head[-3:] == ["output W x H x D", "parameters", "multiply-adds"]
    layers = [row for row in rows_of(section, "tbody") if len(row) > 1]
    for name, kind, *_, output, parameters, macs in layers:
        node = by_name[name]
        assert [kind, output] == [node.kind, str(node.out_shape)]
        assert [int(n.replace(",", "")) for n in (parameters, macs)] == [
            node.parameters, node.cost.macs
        ]  # fmt: skip
    ((first, *_, parameters, macs),) = rows_of(section, "tfoot")
    total = totals(graph)
    assert [first, parameters, macs] == ["total", f"{total.parameters:,}", f"{total.macs:,}"]

    assert section.data["texts"] == [explain(spec, graph, name) for name, *_ in layers]
    (drawing,) = section.figures.values()
    drawn = [int(layer.get("data-layer")) for layer in drawing.iter("g")]
    assert sorted(drawn) == list(range(len(layers)))
    assert len(layers) <= MAX_PAGE_LAYERS
    folded = [row[0] for row in rows_of(section, "tbody") if len(row) == 1]
    hidden = sum(int(re.search(r"([\d,]+) layer", row)[1].replace(",", "")) for row in folded)
    assert len(layers) + hidden == len(graph.nodes)
    assert bool(hidden) == (len(graph.nodes) > MAX_PAGE_LAYERS)


@pytest.mark.parametrize("config", CONFIGS, ids=os.path.basename)
def test_a_page_is_small_and_quick(config):
    subject = subject_of(config)
    start = process_time()
    text = Document.of(subject).text
    assert len(text.encode()) <= MOST
    assert process_time() - start < 3


def test_what_keeps_its_volume_is_a_slab_of_what_it_reads():
    section = network(subject_of("configs/alexnet.yaml"))
    texts = [text.text for text in section.figures["network"].iter("text")]
    at = texts.index("conv1")
    assert texts[at : at + 4] == ["conv1", "55x55x96", "+ relu", "pool1"]


def test_side_ways_are_drawn():
    section = network(subject_of("configs/googlenet.yaml"))
    lines = [path for path in section.figures["network"].iter("path")
             if path.get("class") == "link"]  # fmt: skip
    graph = subject_of("configs/googlenet.yaml").graph
    slabs = sum(node.kind in ("RELU", "LRN", "DROPOUT") for node in graph.nodes)
    assert len(lines) == sum(len(node.inputs) for node in graph.nodes) - slabs


def test_warnings_of_layers_are_told(tmp_path):
    """Those of the data set name folders of this machine, and are not."""
    layers = [{"input": "8x8x1"}, {"conv": {"K": 4, "F": 3}}, "RELU", "RELU", {"fc": 10}]
    data = {"name": "folder", "root": str(tmp_path / "none")}
    checked = cnncli.Network({"architecture": layers, "data": data}).checked
    told = [problem for problem in checked.problems if problem.layer]
    assert [problem.layer for problem in told] == ["relu2"]
    assert len(checked.problems) > len(told)
    (warnings,) = (
        each for each in network(Subject(checked)).markup.iter("div")
        if each.get("class") == "warning"
    )  # fmt: skip
    assert ["".join(item.itertext()) for item in warnings.iter("li")] == [
        f"relu2: {told[0].message}"
    ]


def test_a_network_without_warnings_has_none():
    assert 'class="warning"' not in html(network(subject_of("configs/digits.yaml")).markup)


def long_name(i):
    return f"l{i}-{'x' * 250}"[:250]


def long(layers):
    relus = [{"relu": None, "name": f"layer{i}"} for i in range(layers - 2)]
    return [{"input": "8x8x3"}, *relus, {"fc": 10_000}]


def wide(layers):
    names = [long_name(i) for i in range(layers)]
    ways = [{"conv": {"K": 3, "F": 1}, "from": "image", "name": name} for name in names]
    image = {"input": "8x8x3", "name": "image"}
    return [image, *ways, {"concat": None, "from": names}, {"fc": 10}]


@pytest.mark.parametrize(
    ("kind", "layers"),
    [
        (long, 310), (wide, 310), (wide, 290),
        pytest.param(long, 5_000, marks=pytest.mark.slow),
        pytest.param(wide, 990, marks=pytest.mark.slow),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)  # fmt: skip
def test_a_hostile_network_says_what_is_left_out(kind, layers):
    subject = subject_of({"name": "hostile", "architecture": kind(layers)})
    section = network(subject)
    text = html(section.markup) + json.dumps(section.data)
    assert len(text.encode()) < MOST / 2
    nodes, shown = len(subject.graph.nodes), len(section.data["texts"])
    assert shown == nodes if nodes <= MAX_PAGE_LAYERS else shown < MAX_PAGE_LAYERS
    assert (f"{nodes - shown:,} layers of {nodes:,} are folded" in text) == (
        nodes > MAX_PAGE_LAYERS
    )
    assert sum(map(len, section.data["texts"])) <= 300_000
    assert ("Long formulas are cut" in text) == (kind is wide)


def test_names_are_text():
    class Texts(HTMLParser):
        tags: set[str] = set()

        def handle_starttag(self, tag, attrs):
            self.tags.add(tag)

    subject = subject_of("configs/digits.yaml")
    parser = Texts()
    parser.feed(html(network(subject).markup))
    assert parser.tags <= {
        "section", "h2", "p", "figure", "figcaption", "div", "svg", "title", "g", "path", "text",
        "rect", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "pre",
    }  # fmt: skip


@pytest.mark.parametrize("most", [0, 5, 10, 11, 100])
@pytest.mark.parametrize("lengths", [[], [3, 3, 3], [1, 9, 2], [0, 0, 20]])
def test_the_level_is_the_highest_that_fits(lengths, most):
    def whole(shown):
        return sum(min(length, shown) for length in lengths)

    found = level(lengths, most)
    assert whole(found) <= most
    assert found >= max(lengths, default=0) or whole(found + 1) > most


def test_no_place_of_this_machine_is_told(tmp_path):
    config = tmp_path / "net.yaml"
    config.write_text(Path("configs/digits.yaml").read_text())
    assert str(tmp_path) not in Document.of(subject_of(config)).text
