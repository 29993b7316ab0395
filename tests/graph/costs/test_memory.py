from cnncli.graph.costs.memory import simulate_memory, training_step
from cnncli.optim.sgd_adam import Adam, Sgd
from tests.graph.handmade import layer, network


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
    caches = sum(node.memory.cache_bytes for node in graph.nodes)
    assert memory.parameters == 4 * (parameters + 2 * 2)
    assert memory.gradients == (3 + 1) * 4 * parameters
    assert memory.optimizer == 2 * 4 * parameters
    # CONV keeps the image, BATCHNORM its input, RELU its output, FC its input.
    assert memory.activations == 10 * (4 * (64 + 128 + 128 + 128) + caches)
    assert memory.total == sum(memory)


def test_buffers_of_a_step_counted_by_hand():
    """Sizes are multiples of a cache line; a free buffer serves down to half its size."""
    graph = network(
        layer("INPUT", size=(8, 8, 2)),
        layer("FC", K=64),
        layer("FC", K=64),
        layer("FC", K=16),
    )
    image, hidden, scores = (4 * 10 * n for n in (128, 64, 16))
    # Forward: the images and every output in new memory, for each is kept as the input of the next.
    # Backward: dx of fc3 is new, for the scores' buffer is too small; dx of fc2 takes its input's.
    assert simulate_memory(graph.nodes, 10) == image + 3 * hidden + scores
    memory = training_step(graph, 10, threads=1, optimizer=Sgd())
    assert memory.activations == image + 2 * hidden
    assert memory.workspace == hidden + scores


def test_a_volume_that_two_layers_keep_counts_once():
    graph = network(
        layer("INPUT", size=(4, 4, 1)), layer("CONV", K=1), layer("RELU"), layer("CONV", K=1)
    )
    memory = training_step(graph, 1, threads=1, optimizer=Sgd())
    caches = sum(node.memory.cache_bytes for node in graph.nodes)
    assert memory.activations == 4 * (16 + 16) + caches
