"""Every file in configs/ is a network without problems, and the known ones have known sizes."""

from pathlib import Path

import pytest

from cnncli.config.load import load, load_text
from cnncli.config.source_text.dump import dump
from cnncli.graph.build import build
from tests.graph.case_studies import CONFIGS, study

NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_it_builds(name):
    graph = study(name)
    assert graph.problems == ()
    assert graph.unknown == ()


@pytest.mark.parametrize("name", NAMES)
def test_written_out_it_is_the_same(name):
    """Blocks, conditions and sizes too, as in the folder of a run."""
    graph, spec = study(name), load(CONFIGS / f"{name}.yaml")
    text = dump(spec, [(node.name, node.layer) for node in graph.nodes])
    data = (graph.image, graph.classes) if spec.data else (None, None)
    again = build(load_text(text, Path("config.yaml")), *data)
    assert again.problems == ()
    for before, after in zip(graph.nodes, again.nodes, strict=True):
        assert (after.name, after.layer, after.inputs) == (before.name, before.layer, before.inputs)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("notes", 31_066, 362_496),
        ("small", 89_578, 12_298_240),
        ("vgg", 814_122, 39_160_320),
        ("vggbn", 1_188_170, 152_805_376),
        ("alexnet", 62_378_344, 1_135_256_096),
        ("vgg16", 138_357_544, 15_470_264_320),
    ],
)
def test_sizes(name, parameters, macs):
    nodes = study(name).nodes
    assert sum(node.parameters for node in nodes) == parameters
    assert sum(node.cost.macs for node in nodes) == macs


def test_volumes_of_alexnet():
    nodes = study("alexnet").nodes
    rows = ("INPUT", "CONV", "POOL", "FC")
    volumes = [str(node.out_shape) for node in nodes if node.layer.kind in rows]
    assert volumes == [
        "227x227x3",
        "55x55x96",
        "27x27x96",
        "27x27x256",
        "13x13x256",
        "13x13x384",
        "13x13x384",
        "13x13x256",
        "6x6x256",
        "1x1x4096",
        "1x1x4096",
        "1x1x1000",
    ]
