"""FC as CONV and back, by shapes: what is converted, what is left out, what cannot be."""

from pathlib import Path

import pytest

from cnncli.config.load import load, load_text
from cnncli.errors import UsageError
from cnncli.geometry import Extent
from cnncli.graph.build import build
from cnncli.graph.rewrite.enlarge import ScoreMap, enlarge
from cnncli.graph.rewrite.fc_conv import conv_to_fc, fc_to_conv
from cnncli.problems import ConfigError
from tests.messages import error_text

CONFIGS = Path(__file__).parents[3] / "configs"


def network(text):
    """The specification and its graph; of an architecture alone, or of a file in configs/."""
    spec = load(CONFIGS / text) if text.endswith(".yaml") else _written(text)
    graph = build(spec, None, None)
    graph.check()
    return spec, graph


def _written(architecture):
    return load_text(f"architecture: {architecture}\n", Path("net.yaml"))


def converted(text, convert=fc_to_conv):
    """The graph of the converted network, and the changes as (name, kind before, kind after)."""
    conversion = convert(*network(text))
    graph = build(conversion.spec, None, None)
    graph.check()
    kinds = [(c.name, c.before.kind, c.after and c.after.kind) for c in conversion.changes]
    return graph, kinds


def sizes(graph):
    return {n.name: (n.layer.K, n.layer.F, n.layer.S, max(n.layer.P)) for n in convs(graph)}


def convs(graph):
    return [node for node in graph.nodes if node.name.startswith("fc")]


def parameters(graph):
    return sum(node.parameters for node in graph.nodes)


@pytest.mark.parametrize(("name", "extent", "count"), [
    ("alexnet.yaml", 6, 62_378_344), ("vgg16.yaml", 7, 138_357_544),
])  # fmt: skip
def test_the_notes_networks(name, extent, count):
    """FC on 7x7x512 is CONV with F=7, P=0, S=1, K=4096; later ones have F=1."""
    graph, _ = converted(name)
    whole, one = Extent(extent, extent), Extent(1, 1)
    assert sizes(graph) == {
        "fc1": (4096, whole, one, 0), "fc2": (4096, one, one, 0), "fc3": (1000, one, one, 0),
    }  # fmt: skip
    assert [str(node.out_shape) for node in convs(graph)] == ["1x1x4096", "1x1x4096", "1x1x1000"]
    assert parameters(graph) == count


def test_the_multiply_adds_stay():
    _, before = network("vgg16.yaml")
    after, _ = converted("vgg16.yaml")
    assert sum(n.cost.macs for n in after.nodes) == sum(n.cost.macs for n in before.nodes)


def test_the_order_of_weights_is_that_of_memory():
    """(H*W*D, K) read as (H, W, D, K), on a map that is wider than high."""
    graph, _ = converted("INPUT(5x3x2) -> FC-7")
    assert Extent(5, 3) == graph.by_name["fc1"].layer.F
    assert graph.by_name["fc1"].params["W"].shape == (3, 5, 2, 7)


def test_what_is_left_out_and_what_stays():
    graph, kinds = converted(
        "INPUT(8x8x1) -> CONV3-4 -> FLATTEN -> RELU -> DROPOUT(0.2) -> FC-6(bias=false)"
        " -> BN -> RELU -> FLATTEN -> FC-3(init=xavier) -> SOFTMAX"
    )
    assert kinds == [
        ("flatten1", "FLATTEN", None), ("fc1", "FC", "CONV"), ("flatten2", "FLATTEN", None),
        ("fc2", "FC", "CONV"), ("softmax1", "SOFTMAX", None),
    ]  # fmt: skip
    assert [node.name for node in graph.nodes] == [
        "input1", "conv1", "relu1", "dropout1", "fc1", "batchnorm1", "relu2", "fc2",
    ]  # fmt: skip
    assert graph.by_name["relu1"].inputs == ("conv1",)
    assert Extent(8, 8) == graph.by_name["fc1"].layer.F
    assert "b" not in graph.by_name["fc1"].params
    assert graph.by_name["fc2"].layer.init.name == "xavier"


def test_what_looks_at_the_whole_map_gets_a_window():
    graph, kinds = converted(
        "INPUT(7x5x3) -> CONV3-4 -> POOL(F=global, mode=average) -> FC-6 -> LN(over=volume) -> FC-3"
    )
    assert kinds == [
        ("pool1", "POOL", "POOL"), ("fc1", "FC", "CONV"), ("layernorm1", "LAYERNORM", "LAYERNORM"),
        ("fc2", "FC", "CONV"),
    ]  # fmt: skip
    pool = graph.by_name["pool1"].layer
    assert (pool.F, pool.S, pool.mode) == (Extent(7, 5), Extent(1, 1), "average")
    assert graph.by_name["layernorm1"].layer.over == "depth"


def test_branches_read_what_was_flattened():
    graph, _ = converted(
        "INPUT(4x4x2) -> FLATTEN(name=flat) -> FC-3(name=a) -> FC-5(name=b, from=flat)"
        " -> CONCAT(from=[a, b]) -> FC-2"
    )
    assert graph.by_name["a"].inputs == graph.by_name["b"].inputs == ("input1",)
    assert Extent(4, 4) == graph.by_name["b"].layer.F


def test_a_flattened_vector_needs_no_fc():
    """FLATTEN of one place changes nothing, whatever follows."""
    graph, _ = converted("INPUT(4x4x2) -> FC-6 -> FLATTEN -> BN -> FC-2 -> FLATTEN -> SOFTMAX")
    assert str(graph.by_name["batchnorm1"].out_shape) == "1x1x6"
    assert graph.scores == "fc2"


@pytest.mark.parametrize(("end", "kind", "column"), [
    ("FLATTEN -> BN -> FC-3", "BATCHNORM", 42),
    ("FLATTEN -> RELU -> CONV1-3(P=0)", "CONV", 50),
    ("FC-3 -> FLATTEN(from=input) -> CONCAT(from=[-1, fc1]) -> FC-3", "CONCAT", 62),
])  # fmt: skip
def test_a_flattened_volume_that_no_conv_gives(end, kind, column):
    with pytest.raises(ConfigError) as error:
        fc_to_conv(*network(f"INPUT(4x4x2) -> {end}"))
    (problem,) = error.value.problems
    assert problem.message == (
        f"{kind} reads a flattened volume 4x4x2, which no CONV gives.\n"
        "Only FC can be written as CONV there: put one after FLATTEN, or leave FLATTEN out."
    )
    assert (problem.place.line, problem.place.column) == (1, column)


def test_a_flattened_volume_at_the_end():
    with pytest.raises(ConfigError, match="FLATTEN reads a flattened volume 4x4x2"):
        fc_to_conv(*network("INPUT(4x4x2) -> CONV3-2 -> FLATTEN"))


@pytest.mark.parametrize("text", ["alexnet.yaml", "INPUT(5x3x2) -> FC-7 -> RELU -> FC-3"])
def test_there_and_back(text):
    spec, graph = network(text)
    there = fc_to_conv(spec, graph)
    back = conv_to_fc(there.spec, build(there.spec, None, None))
    assert build(back.spec, None, None).nodes == graph.nodes


def test_which_conv_becomes_fc():
    """The whole map without padding and groups; also where its places were cropped to it."""
    _, kinds = converted(
        "INPUT(6x6x4) -> CONV3-4 -> CONV(K=4, F=6, P=0, groups=2, from=input)"
        " -> CONV6-5(P=0, S=3, from=conv1) -> CONV3-5 -> CONV1-5 -> CONCAT(from=[conv5, conv2])"
        " -> FC-3 -> SOFTMAX",
        conv_to_fc,
    )
    assert kinds == [("conv3", "CONV", "FC"), ("conv5", "CONV", "FC")]


def test_a_cropped_map_is_not_covered():
    _, kinds = converted("INPUT(6x6x4) -> CONV5-4(P=0, S=2, fit=crop)", conv_to_fc)
    assert kinds == []
    _, kinds = converted("INPUT(6x6x4) -> CONV(K=4, F=2, P=0, dilation=5)", conv_to_fc)
    assert kinds == []


def slid(text, W, H):
    conversion = fc_to_conv(*network(text))
    graph = build(conversion.spec, None, None)
    return ScoreMap.of(enlarge(conversion.spec, graph, Extent(W, H))[1])


@pytest.mark.parametrize(("name", "size", "shown"), [
    ("vgg16.yaml", (384, 384), "6x6 places of 1,000 scores, stride 32"),
    ("vgg16.yaml", (384, 224), "6x1 places of 1,000 scores, stride 32"),
    ("vgg16.yaml", (224, 224), "one place of 1,000 scores"),
    ("alexnet.yaml", (291, 259), "3x2 places of 1,000 scores, stride 32"),
    ("resnet18.yaml", (288, 256), "3x2 places of 1,000 scores, stride 32"),
])  # fmt: skip
def test_score_maps(name, size, shown):
    """The notes: 384x384 through the converted VGG gives 6x6x1000."""
    assert str(slid(name, *size)) == shown


def test_a_stride_of_each_axis():
    text = "INPUT(8x8x1) -> CONV3-2 -> POOL(F=2x4, S=2x4) -> FC-3"
    assert str(slid(text, 12, 16)) == "3x3 places of 3 scores, stride 2x4"


def test_a_gate_does_not_change_how_far_places_lie_apart():
    """It sees the whole image; the map that it weighs keeps its places."""
    spec, graph = network(
        "\n  - INPUT(8x8x1) -> CONV3-2(name=b) -> POOL(F=global, mode=average) -> CONV1-2(name=g)"
        "\n  - MUL(from=[g, b]) -> POOL -> CONV(F=4, P=0, K=3)"
    )
    _, larger = enlarge(spec, graph, Extent(12, 16))
    assert str(ScoreMap.of(larger)) == "3x5 places of 3 scores, stride 2"


def test_images_that_do_not_fit():
    assert error_text(UsageError, slid, "INPUT(8x8x1) -> POOL -> FC-3", 10, 11) == (
        "images of 10x11x1 do not fit the network:\n"
        "net.yaml:1:31: architecture: pool1: F=2, S=2, P=0 do not fit height 11:\n"
        "  (11 - 2 + 2*0)/2 + 1 = 5.5 is not a whole number."
    )
    with pytest.raises(UsageError, match="the window is larger than width 3"):
        slid("INPUT(8x8x1) -> POOL -> FC-3", 6, 8)


@pytest.mark.parametrize(("layer", "kind"), [
    ("LOCAL3-2", "LOCAL 'local1'"), ("LN(over=volume)", "LAYERNORM 'layernorm1'"),
])  # fmt: skip
def test_layers_that_belong_to_one_map(layer, kind):
    text = f"INPUT(8x8x1) -> {layer} -> FC-3"
    assert str(slid(text, 8, 8)) == "one place of 3 scores"
    assert error_text(UsageError, slid, text, 9, 8) == (
        f"net.yaml:1:31: {kind} cannot slide over images of 9x8x1: it belongs to the 8x8x1 "
        "of its map"
    )
