"""NumPy's settings inside of a pass, and outside."""

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.numpy_settings import settings_of_a_pass
from cnncli.engine.probes.timing import noise
from tests.graph.handmade import graph_of


def test_they_hold_inside_only():
    before = np.getbufsize(), np.geterr()
    with settings_of_a_pass():
        assert np.getbufsize() < before[0]
        assert set(np.geterr().values()) == {"ignore"}
    assert (np.getbufsize(), np.geterr()) == before


def test_an_error_inside_leaves_those_of_the_caller():
    before = np.getbufsize(), np.geterr()
    with pytest.raises(KeyError), settings_of_a_pass():
        raise KeyError
    assert (np.getbufsize(), np.geterr()) == before


@pytest.mark.parametrize("threads", [1, 2])
def test_they_hold_wherever_shards_are_computed(threads):
    graph, seen = graph_of("INPUT(4x4x1) -> FC-2"), []

    def note(node):
        seen_by = node.forward

        def forward(run, params, *xs):
            seen.append(np.getbufsize())
            return seen_by(run, params, *xs)

        return node.__class__(node.node, node.index, forward, node.backward)

    before = np.getbufsize()
    with Engine(graph, threads=threads, seed=0, fork=False, probe=note) as engine:
        engine.scores(noise(4, graph.image, graph.classes))
    assert len(seen) == 2 * threads
    assert set(seen) == {2048}
    assert np.getbufsize() == before
