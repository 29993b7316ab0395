"""The choice of algorithms for a run: by model and by wish; and that they agree."""

import numpy as np
import pytest

from cnncli.engine import algorithm_choice
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.kernels.conv.profiles import PACKING, PROFILES, SMALL_KERNELS
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

NETWORK = (
    "INPUT(12x10x3) -> CONV3-16 -> RELU -> CONV3-20 -> RELU -> CONV5-16(S=1) -> "
    "CONV3-8(S=2,fit=crop) -> FC-4"
)


def test_by_the_model_of_costs():
    # shallow volumes, and 5x5 filters; the strided one has one algorithm only
    graph = graph_of(NETWORK)
    assert choose(graph, "auto", 64, SMALL_KERNELS) == {
        "conv1": "winograd-columns",
        "conv2": "winograd-columns",
        "conv3": "winograd-columns",
    }
    # small products, of which Winograd's has most, are dearer
    assert choose(graph, "auto", 64, PACKING) == {
        "conv1": "direct",
        "conv2": "winograd-columns",
        "conv3": "winograd-columns",
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_same_profile_always_chooses_the_same(profile, monkeypatch):
    """Whatever the machine is."""
    chosen = choose(graph_of(NETWORK), "auto", 64, profile)
    for other in PROFILES:
        monkeypatch.setattr(algorithm_choice, "machine_profile", lambda one=other: one)
        assert choose(graph_of(NETWORK), "auto", 64, profile) == chosen
    monkeypatch.setattr(algorithm_choice, "machine_profile", lambda: profile)
    assert choose(graph_of(NETWORK), "auto", 64) == chosen


def test_few_images_do_not_make_up_for_transforming_filters():
    graph = graph_of("INPUT(8x8x256) -> CONV3-256 -> FC-2")
    assert choose(graph, "auto", 64, SMALL_KERNELS) == {"conv1": "winograd"}
    assert choose(graph, "auto", 1, SMALL_KERNELS) == {"conv1": "direct"}


def test_by_wish():
    graph = graph_of(NETWORK)
    assert choose(graph, "direct", 64, SMALL_KERNELS) == dict.fromkeys(
        ("conv1", "conv2", "conv3"), "direct"
    )
    # the better of both that are Winograd's
    auto = choose(graph, "auto", 64, SMALL_KERNELS)
    assert choose(graph, "winograd", 64, SMALL_KERNELS) == auto
    deeper = graph_of("INPUT(8x8x64) -> CONV3-64 -> FC-2")
    assert choose(deeper, "winograd", 64, SMALL_KERNELS) == {"conv1": "winograd"}
    assert choose(deeper, "winograd", 1, SMALL_KERNELS) == {"conv1": "winograd-columns"}


def test_without_a_clock_the_model_chooses():
    """`measured` is for a run: what is only checked takes no time for it."""
    graph = graph_of(NETWORK)
    assert choose(graph, "measured", 2, PACKING) == choose(graph, "auto", 2, PACKING)


def test_algorithms_agree_and_the_choice_is_kept():
    gradients = {}
    for kernels in ("direct", "winograd"):
        graph = graph_of(NETWORK)
        chosen = choose(graph, kernels, 6, SMALL_KERNELS)
        with Engine(graph, threads=2, seed=1, algorithms=chosen) as engine:
            assert engine.algorithms == chosen
            engine.gradients(noise(6, graph.image, 4), SoftmaxCrossEntropy(), 0)
            gradients[kernels] = engine.gradient.copy()
    direct, winograd = gradients["direct"], gradients["winograd"]
    assert not np.array_equal(direct, winograd)
    np.testing.assert_allclose(winograd, direct, rtol=0, atol=2e-4 * np.abs(direct).max())
