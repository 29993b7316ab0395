import pytest

from cnncli.engine.execution_plan import ExecutionPlan
from cnncli.graph.backward import needs_dx, trained_nodes, training_macs
from cnncli.graph.costs.totals import totals
from tests.graph.handmade import graph_of

CHAIN = "INPUT(8x8x1) -> POOL -> CONV-2 -> RELU -> FC-3"
BRANCHES = (
    "INPUT(8x8x1) -> CONV-2(name=a) -> POOL(F=3, S=1, P=1, from=input) -> "
    "CONCAT(from=[a, pool1]) -> FC-3"
)


def test_before_the_first_weights_nothing_needs_a_gradient():
    assert needs_dx(graph_of(CHAIN).nodes) == {"relu1", "fc1"}


def test_frozen_arrays():
    """A layer is trained as long as one of its arrays is."""
    nodes = graph_of("INPUT(8x8x1) -> CONV-2 -> RELU -> CONV-2 -> FC-3").nodes
    first = frozenset({"conv1.W", "conv1.b"})
    assert trained_nodes(nodes, frozenset({"conv1.W"})) == {"conv1", "conv2", "fc1"}
    assert needs_dx(nodes, frozenset({"conv1.W"})) == {"relu1", "conv2", "fc1"}
    assert trained_nodes(nodes, first) == {"conv2", "fc1"}
    assert needs_dx(nodes, first) == {"fc1"}
    assert needs_dx(nodes, frozenset({"conv2.W", "conv2.b"})) == {"relu1", "conv2", "fc1"}


def test_branches():
    assert needs_dx(graph_of(BRANCHES).nodes) == {"concat1", "fc1"}


def test_multiply_adds():
    graph = graph_of(CHAIN)
    conv, fc = 4 * 4 * 2 * 9, 4 * 4 * 2 * 3
    assert training_macs(graph) == {
        "input1": 0,
        "pool1": 0,
        "conv1": 2 * conv,
        "relu1": 0,
        "fc1": 3 * fc,
    }


@pytest.mark.parametrize("architecture", [CHAIN, BRANCHES])
def test_the_engine_and_the_limits_count_the_same(architecture):
    graph = graph_of(architecture)
    assert needs_dx(graph.nodes) == ExecutionPlan.of(graph, {}).reach(frozenset())[0]
    assert sum(training_macs(graph).values()) == totals(graph).training_macs
