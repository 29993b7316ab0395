"""Groups of parameters: who belongs to them, and how they are trained."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.check.check import check_text
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.optim.base import OptimizerState
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.training.parameter_groups import ParameterGroups

NETWORK = (
    "architecture: INPUT(8x8x2) -> CONV-4(name=first) -> BN -> RELU -> CONV-4(name=second)"
    " -> FC-3\n"
)
DECAY = 0.01
OPTIMIZER = f"optimizer: {{lr: 0.1, weight_decay: {DECAY}}}"


def load(groups="[]", network=NETWORK):
    text = f"{network}train: {{{OPTIMIZER}, groups: {groups}}}\n"
    return check_text(text, Path("net.yaml")).network()


def groups_of(groups):
    spec, graph = load(groups)
    with Engine(graph, threads=1, seed=0) as engine:
        return ParameterGroups(graph, spec.train, engine.parameters.slices)


def told(groups):
    """(lr, weight decay) of every array."""
    return {n: (how.lr, how.weight_decay) for n, how in groups_of(groups).of_arrays.items()}


def test_without_groups_weights_decay_and_nothing_else():
    assert told("[]") == {
        "first.W": (1, DECAY), "first.b": (1, 0), "batchnorm1.gamma": (1, 0),
        "batchnorm1.beta": (1, 0), "second.W": (1, DECAY), "second.b": (1, 0),
        "fc1.W": (1, DECAY), "fc1.b": (1, 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "changed"),
    [
        ("[{layers: BN, lr: 64}]", {"batchnorm1.gamma": (64, 0), "batchnorm1.beta": (64, 0)}),
        ("[{layers: batchnorm1, arrays: beta, lr: 2}]", {"batchnorm1.beta": (2, 0)}),
        ("[{layers: 's*', lr: 0}]", {"second.W": (0, DECAY), "second.b": (0, 0)}),
        (
            "[{layers: conv, arrays: [W], weight_decay: 0}]",
            {"first.W": (1, 0), "second.W": (1, 0)},
        ),
        (
            "[{arrays: b, weight_decay: 3}, {layers: [fc1, first], arrays: b, lr: 5}]",
            {"first.b": (5, 0), "second.b": (1, 3), "fc1.b": (5, 0)},
        ),
    ],
)
def test_the_last_group_that_names_an_array_holds(groups, changed):
    assert told(groups) == told("[]") | changed


@pytest.mark.parametrize(
    ("epoch", "frozen"),
    [
        (0, {"second.W", "second.b"}),
        (1.99, {"second.W", "second.b"}),
        (2, set()),
        (2.99, set()),
        (3, {"first.b"}),
        (50, {"first.b"}),
    ],
)
def test_epochs(epoch, frozen):
    found = groups_of("[{layers: second, after: 2}, {layers: first, arrays: b, until: 3}]")
    assert found.frozen(epoch) == frozen


def test_neighbours_are_updated_together():
    """One piece as far as all are trained alike; they cover what is not frozen, and it once."""
    whole = groups_of("[{weight_decay: 0.5}]").segments()
    assert [piece.part for piece in whole[1:]] == []
    assert whole[0].part.start == 0
    found = groups_of("[{layers: BN, lr: 0.5}]")
    frozen = frozenset({"second.W", "fc1.b"})
    touched = np.zeros(whole[0].part.stop, int)
    for part, lr, *_ in found.segments(frozen):
        touched[part] += 1
        assert lr == (0.5 if part.start == 76 else 1)
    with Engine(load()[1], threads=1, seed=0) as engine:
        for name, part in engine.parameters.slices.items():
            assert (touched[part] == (name not in frozen)).all()


def steps(groups, epochs, threads=2):
    """The arrays after a step in each of the epochs."""
    spec, graph = load(groups)
    batch = noise(6, graph.image, graph.classes)
    with Engine(graph, threads=threads, seed=0) as engine:
        found = ParameterGroups(graph, spec.train, engine.parameters.slices)
        vector = engine.parameters.vector
        optimizer = OptimizerState(spec.train.optimizer, vector.size)
        before = {name: view.copy() for name, view in engine.parameters.views.items()}
        for step, epoch in enumerate(epochs, start=1):
            frozen = found.frozen(epoch)
            engine.gradients(batch, SoftmaxCrossEntropy(), step, frozen)
            optimizer.update(
                vector, engine.gradient, found.segments(frozen), slice(0, vector.size), 0.1, step
            )
        return before, {name: view.copy() for name, view in engine.parameters.views.items()}


@pytest.mark.parametrize("threads", [1, 2])
def test_frozen_layers_do_not_move(threads):
    groups = "[{layers: [first, BN], lr: 0}]"
    before, after = steps(groups, [0, 1], threads)
    for name in before:
        still = name.startswith(("first", "batchnorm1"))
        assert np.array_equal(before[name], after[name]) == still, name


def test_what_is_behind_frozen_layers_learns_as_before():
    free, frozen = steps("[]", [0])[1], steps("[{layers: [first], lr: 0}]", [0])[1]
    for name in free:
        assert np.array_equal(free[name], frozen[name]) == (not name.startswith("first")), name


def test_a_factor_of_the_rate_is_one_of_the_step():
    before, usual = steps("[]", [0])
    _, faster = steps("[{layers: fc1, lr: 3}]", [0])
    for name in ("fc1.W", "fc1.b"):
        np.testing.assert_allclose(
            faster[name] - before[name], 3 * (usual[name] - before[name]), rtol=1e-4, atol=1e-7
        )
    np.testing.assert_array_equal(faster["second.W"], usual["second.W"])


def test_frozen_arrays_have_no_gradient():
    _, graph = load()
    batch = noise(6, graph.image, graph.classes)
    with Engine(graph, threads=2, seed=0) as engine:
        engine.gradients(batch, SoftmaxCrossEntropy(), 0)
        free = engine.gradient.copy()
        frozen = frozenset({"first.W", "first.b", "fc1.W"})
        engine.gradients(batch, SoftmaxCrossEntropy(), 0, frozen)
        for name, part in engine.parameters.slices.items():
            expected = 0 * free[part] if name in frozen else free[part]
            np.testing.assert_array_equal(engine.gradient[part], expected)
