"""The choice by the clock: what is measured is what is asked for, and ties are auto's."""

import re

import numpy as np
import pytest

from cnncli.engine.algorithm_choice import choose, ways
from cnncli.engine.engine import Engine
from cnncli.engine.probes import measured_choice
from cnncli.engine.probes.measured_choice import Switch, best, choose_for, rounds
from cnncli.engine.probes.timing import noise
from cnncli.kernels.conv.profiles import SMALL_KERNELS
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

NETWORK = "INPUT(12x10x3) -> CONV3-16 -> RELU -> CONV3-20 -> RELU -> CONV5-16(S=1) -> FC-4"
LOSS = SoftmaxCrossEntropy()


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([[1, 0.9, 2]] * 3, 1),
        ([[1, 0.9, 0.8]] * 3, 2),
        ([[1, 0.98, 2]] * 3, 0),  # a tie
        ([[1, 0.5, 2], [1, 1.1, 2], [1, 0.9, 2], [1, 1.2, 2]], 0),  # faster in half of the rounds
        ([[2, 1.8, 3], [9, 8.1, 9], [1, 0.9, 1]], 1),  # a machine that does something else
        ([[0, 0, 0]] * 3, 0),
    ],
)
def test_only_what_is_clearly_faster_departs_from_the_first(taken, expected):
    assert best(np.array(taken, float), 0.97) == expected


def test_choices_take_turns_after_one_step_each(monkeypatch):
    done = []

    def step(choice):
        done.append(int(choice[0]))
        return np.array([float(choice[0])])

    monkeypatch.setattr(measured_choice, "SECONDS", 0.0)
    taken = rounds(step, [np.array([way]) for way in range(3)])
    assert done == [0, 1, 2, 0, 1, 2, 2, 1, 0, 0, 1, 2]
    np.testing.assert_array_equal(taken[:, :, 0], [[0, 1, 2]] * 3)
    monkeypatch.setattr(measured_choice, "SECONDS", 60.0)
    assert len(rounds(step, [np.array([0])])) == measured_choice.MOST


@pytest.mark.parametrize("threads", [1, 2])
def test_a_step_computes_what_the_switch_says(threads):
    """Bit by bit what an engine with these algorithms does, whichever step it is."""
    graph = graph_of(NETWORK)
    several, batch = ways(graph, 3, SMALL_KERNELS), noise(6, graph.image, 4)
    switch = Switch(several)
    with Engine(
        graph, threads=threads, seed=1, profile=SMALL_KERNELS, probe=switch.probe
    ) as switched:
        for choice in ([0, 0, 0], [1, 2, 0], [0, 1, 1]):
            switch.choice[...] = choice
            switched.gradients(batch, LOSS, 0)
            chosen = {name: several[name][way] for name, way in zip(several, choice, strict=True)}
            with Engine(
                graph, threads=threads, seed=1, profile=SMALL_KERNELS, algorithms=chosen
            ) as engine:
                engine.gradients(batch, LOSS, 0)
                np.testing.assert_array_equal(switched.gradient, engine.gradient)


def test_it_is_told_how_long_that_takes(monkeypatch):
    monkeypatch.setattr(measured_choice, "SECONDS", 0.01)
    told = []
    graph = graph_of(NETWORK)
    chosen = choose_for(graph, "measured", 4, 2, SMALL_KERNELS, LOSS, told.append)
    several = ways(graph, 2, SMALL_KERNELS)
    assert chosen.keys() == several.keys()
    assert all(chosen[name] in names for name, names in several.items())
    before, after = told
    assert before == (
        "kernels: measured: times 3 layers in up to 3 ways, in whole steps; this takes 0 s at "
        "most, or 24 steps where they take longer"
    )
    assert re.fullmatch(
        "kernels: measured: [0-3] of 3 layers computed otherwise than by auto's choice, after 0 s",
        after,
    )


def test_another_wish_needs_no_clock(monkeypatch):
    monkeypatch.delattr(measured_choice, "_measure")
    graph = graph_of(NETWORK)
    for kernels in ("auto", "direct", "winograd"):
        chosen = choose_for(graph, kernels, 4, 2, SMALL_KERNELS, LOSS, pytest.fail)
        assert chosen == choose(graph, kernels, 2, SMALL_KERNELS)
    single = graph_of("INPUT(4x4x1) -> FC-2")
    assert choose_for(single, "measured", 4, 2, SMALL_KERNELS, LOSS, pytest.fail) == {}
