import pytest
from handmade import layer, network

from cnncli.graph.memory import slots, training_step
from cnncli.spec.optimizers import Adam, AdamW, Sgd


@pytest.mark.parametrize(
    ("optimizer", "number"), [(Sgd(), 0), (Sgd(momentum=0.9), 1), (Adam(), 2), (AdamW(), 2)]
)
def test_slots(optimizer, number):
    assert slots(optimizer) == number


def test_a_network_counted_by_hand():
    graph = network(
        layer("INPUT", size=(8, 8, 1)),
        layer("CONV", K=2),
        layer("BATCHNORM"),
        layer("RELU"),
        layer("DROPOUT"),
        layer("FC", K=3),
    )
    parameters = (9 * 2 + 2) + 2 * 2 + (128 * 3 + 3)
    memory = training_step(graph, 10, threads=3, optimizer=Adam())
    caches = sum(node.cost.cache_bytes for node in graph.nodes)
    assert memory.parameters == 4 * (parameters + 2 * 2)
    assert memory.gradients == 3 * 4 * parameters
    assert memory.optimizer == 2 * 4 * parameters
    # CONV keeps the image, BATCHNORM its input, RELU its output, FC its input.
    assert memory.activations == 10 * (4 * (64 + 128 + 128 + 128) + caches)
    assert memory.activation_gradients == 10 * 4 * (128 + 128)
    assert memory.workspace == 3 * max(node.cost.workspace_bytes for node in graph.nodes)
    assert memory.total == sum(memory)


def test_a_volume_that_two_layers_keep_counts_once():
    graph = network(
        layer("INPUT", size=(4, 4, 1)), layer("CONV", K=1), layer("RELU"), layer("POOL")
    )
    memory = training_step(graph, 1, threads=1, optimizer=Sgd())
    caches = sum(node.cost.cache_bytes for node in graph.nodes)
    assert memory.activations == 4 * (16 + 16 + 4) + caches
