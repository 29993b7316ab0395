"""The choice of algorithms for a run: by model, by wish and by the clock; and that they agree."""

from pathlib import Path

import numpy as np

from cnncli.config.load import load_text
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.graph.build import build
from cnncli.optim.losses import SoftmaxCrossEntropy

NETWORK = (
    "INPUT(12x10x3) -> CONV3-16 -> RELU -> CONV3-20 -> RELU -> CONV5-16(S=1) -> "
    "CONV3-8(S=2,fit=crop) -> FC-4"
)


def network():
    graph = build(load_text(f"architecture: {NETWORK}\n", Path("f.yaml")), None, None)
    graph.check()
    return graph


def test_by_the_model_of_costs():
    # shallow volumes; 20 channels and 5x5 filters; the strided one has one algorithm only
    assert choose(network(), "auto", 6) == {
        "conv1": "winograd-columns",
        "conv2": "winograd-columns",
        "conv3": "winograd-columns",
    }


def test_few_images_do_not_make_up_for_transforming_filters():
    deep = "architecture: INPUT(8x8x256) -> CONV3-256 -> FC-2\n"
    graph = build(load_text(deep, Path("f.yaml")), None, None)
    assert choose(graph, "auto", 64) == {"conv1": "winograd"}
    assert choose(graph, "auto", 1) == {"conv1": "winograd-columns"}


def test_by_wish():
    assert choose(network(), "direct", 6) == dict.fromkeys(("conv1", "conv2", "conv3"), "direct")
    # the better of both that are Winograd's
    assert choose(network(), "winograd", 6) == choose(network(), "auto", 6)


def test_by_the_clock():
    chosen = choose(network(), "measured", 2)
    assert chosen.keys() == {"conv1", "conv2", "conv3"}
    assert set(chosen.values()) <= {"direct", "winograd", "winograd-columns"}


def test_algorithms_agree_and_the_choice_is_kept():
    gradients = {}
    for kernels in ("direct", "winograd"):
        graph = network()
        chosen = choose(graph, kernels, 6)
        with Engine(graph, threads=2, seed=1, algorithms=chosen) as engine:
            assert engine.algorithms == chosen
            engine.gradients(noise(6, graph.image, 4), SoftmaxCrossEntropy(), 0)
            gradients[kernels] = engine.gradient.copy()
    direct, winograd = gradients["direct"], gradients["winograd"]
    assert not np.array_equal(direct, winograd)
    np.testing.assert_allclose(winograd, direct, rtol=0, atol=2e-4 * np.abs(direct).max())
