"""Joined volumes that grow where they lie: which do, and that their scores are the same."""

import numpy as np
import pytest

from cnncli.engine import execution_plan
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.graph.fusion import execution_order, fuse
from cnncli.graph.growth import rooms
from cnncli.kernels.reshape import Room, concatenate
from cnncli.kernels.workspace import Workspace
from tests.graph.handmade import graph_of

DENSE = """
  - INPUT(6x6x3) -> CONV3-4(name=first)
  - BN -> RELU -> CONV1-8 -> BN -> RELU -> CONV3-2 -> CONCAT(from=[first, -1], name=one)
  - BN -> RELU -> CONV1-8 -> BN -> RELU -> CONV3-3 -> CONCAT(from=[one, -1], name=two)
  - CONV1-8 -> CONV3-2 -> CONCAT(from=[two, -1, first], name=three)
  - BN -> RELU -> CONV1-5 -> POOL -> FC-4
"""


def grown(architecture):
    return rooms(fuse(execution_order(graph_of(architecture).nodes), training=False))


def test_from_the_first_that_is_joined_to_the_last():
    assert grown(DENSE) == {
        "one": Room(15, is_there=False),
        "two": Room(15, is_there=True),
        "three": Room(15, is_there=True),
    }


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("CONCAT(from=[one, -1], name=two)", "CONCAT(from=[-1, one], name=two)"),  # not in front
        ("CONCAT(from=[one, -1], name=two)", "CONCAT(from=[one, -1, one], name=two)"),
        ("- BN -> RELU -> CONV1-8 -> BN -> RELU -> CONV3-3", "- CONV3-3"),  # reads windows of it
    ],
)
def test_where_a_volume_cannot_grow(written, instead):
    assert written in DENSE
    found = grown(DENSE.replace(written, instead))
    depth = found["two"].depth
    assert found == {"two": Room(depth, is_there=False), "three": Room(depth, is_there=True)}


def test_two_that_grow_one_volume_have_memory_of_their_own():
    network = """
  - INPUT(6x6x3) -> CONV3-4(name=first) -> CONV1-2 -> CONCAT(from=[first, -1], name=one)
  - CONV1-3 -> CONCAT(from=[one, -1], name=two)
  - CONV1-3(from=one) -> CONCAT(from=[one, -1], name=three)
  - ADD(from=[two, -1]) -> FC-2
"""
    assert grown(network) == {}


@pytest.mark.parametrize("threads", [1, 2])
def test_the_scores_are_the_same(threads, monkeypatch):
    graph = graph_of(DENSE)
    scores = []
    for has_rooms in (True, False):
        if not has_rooms:
            monkeypatch.setattr(execution_plan, "rooms", lambda fused: {})
        with Engine(graph, threads=threads, seed=1) as engine:
            batch = noise(5, graph.image, graph.classes)
            scores += [engine.scores(batch), engine.scores(batch)]
    for others in scores[1:]:
        np.testing.assert_array_equal(scores[0], others)


def test_only_what_is_new_is_written():
    workspace, rng = Workspace(), np.random.default_rng(0)
    a, b, c = (rng.standard_normal((2, 3, 4, depth)) for depth in (5, 2, 3))
    first = concatenate(workspace, (a, b), Room(12, is_there=False))
    second = concatenate(workspace, (first, c), Room(12, is_there=True))
    assert np.shares_memory(first, second)
    np.testing.assert_array_equal(first, np.concatenate((a, b), axis=-1))
    np.testing.assert_array_equal(second, np.concatenate((a, b, c), axis=-1))
