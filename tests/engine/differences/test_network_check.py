"""Whole networks: right ones pass under every loss, and a wrong gradient is found by place."""

import numpy as np
import pytest

from cnncli.engine.algorithm_choice import choose
from cnncli.engine.differences.central import TOLERANCE
from cnncli.engine.differences.every_layer import check_every_layer
from cnncli.engine.differences.layer_check import IMAGES
from cnncli.engine.differences.network_check import check_network
from cnncli.layers.conv import Conv
from cnncli.layers.normalization import BatchNorm
from cnncli.optim.losses import Hinge, SoftmaxCrossEntropy
from tests.engine.networks import CASES, CLASSES, SIZE
from tests.graph.handmade import graph_of

CHAIN = CASES["chain"].graph
LOSSES = (SoftmaxCrossEntropy(), SoftmaxCrossEntropy(label_smoothing=0.2), Hinge())


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        pytest.param(name, loss, marks=[pytest.mark.slow] if name != "chain" and k else [])
        for name in CASES
        for k, loss in enumerate(LOSSES)
    ],
    ids=repr,
)
def test_right_networks_pass(name, loss):
    graph = CASES[name].graph
    found = check_network(graph, loss, choose(graph, "auto", IMAGES), None, 1)
    assert found.error < TOLERANCE
    assert found.compared > 10 * found.kinks
    assert found.compared + found.kinks == sum(node.parameters for node in graph.nodes)


@pytest.mark.parametrize("kernels", ["direct", "winograd"])
def test_every_algorithm(kernels):
    graph = graph_of("INPUT-CONV3-4-TANH-CONV3-4-TANH-FC", SIZE, CLASSES)
    found = check_network(graph, LOSSES[0], choose(graph, kernels, IMAGES), 5, 0)
    assert found.error < TOLERANCE
    assert (found.compared, found.kinks) == (27, 0)


def test_a_scale_that_is_forgotten_is_found(monkeypatch):
    """gamma starts as 1: with parameters as they start, the mistake would not show."""
    backward = BatchNorm.backward

    def without_gamma(self, run, params, cache, dy):
        return backward(self, run, {**params, "gamma": np.ones_like(params["gamma"])}, cache, dy)

    monkeypatch.setattr(BatchNorm, "backward", without_gamma)
    graph = graph_of("INPUT-CONV3-4-BN-TANH-FC", SIZE, CLASSES)
    found = check_network(graph, LOSSES[0], {}, 5, 0)
    assert found.error > 1e-3
    assert found.place.startswith("conv1.W[")


def test_the_place_of_one_wrong_number(monkeypatch):
    backward = Conv.backward

    def wrong(self, run, params, cache, dy):
        dxs = backward(self, run, params, cache, dy)
        if self.K == 5:
            run.grads["W"][1, 0, 2, 3] += 1e-3
        return dxs

    monkeypatch.setattr(Conv, "backward", wrong)
    found = check_network(CHAIN, LOSSES[0], {}, None, 0)
    assert found.place == "conv2.W[1,0,2,3]"
    assert found.analytic - found.numeric == pytest.approx(1e-3, rel=1e-4)
    layers = {one.layer: one.worst for one in check_every_layer(
        CHAIN, LOSSES[0], {}, everything=True, seed=0
    )}  # fmt: skip
    assert layers["conv2"].place == "conv2.W[1,0,2,3]"
    assert layers["conv1"].error < TOLERANCE
    assert layers[None].place == "conv2.W[1,0,2,3]"


def test_layers_in_their_order_and_alike_ones_once(monkeypatch):
    graph = graph_of("INPUT-[CONV3-3-TANH]*3-ADD(from=[-1, -2])-FC", SIZE, CLASSES)
    calls = []
    plan = Conv.plan
    monkeypatch.setattr(Conv, "plan", lambda self, *given: calls.append(1) or plan(self, *given))
    findings = list(check_every_layer(graph, LOSSES[0], {}, everything=False, seed=0))
    names = [node.name for node in graph.nodes[1:]]
    assert [one.layer for one in findings] == [*names, None]
    found = {one.layer: one.worst for one in findings}
    assert found["conv1"].place.startswith("conv1.")
    assert found["conv3"].place == found["conv2"].place.replace("conv2", "conv3")
    assert found["add1"].place.startswith("add1.x")
    assert all(one.error < TOLERANCE for one in found.values())
