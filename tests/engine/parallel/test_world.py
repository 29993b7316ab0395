"""Ranks that compute one network together, and what they agree on."""

import pickle

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.parallel.buckets import buckets
from cnncli.engine.parallel.processes import may_fork
from cnncli.engine.parallel.world import ALONE, check_alike, here, together, within
from cnncli.errors import CnncliError, DataError, UsageError
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.problems import ConfigError, Place, Problem
from cnncli.training.gradients import Accumulation, clip
from tests.engine.networks import BRANCHES, CHAIN, SIZE, batch
from tests.engine.parallel.thread_world import ThreadWorld, on_ranks
from tests.graph.handmade import graph_of

LOSS = SoftmaxCrossEntropy()


def results(images, *, parts=1, text=CHAIN, **how):
    """All that a step and an evaluation give: sums, gradient, its norm, state and scores."""
    with Engine(graph_of(text, SIZE, 4), seed=1, **how) as engine:
        found = Accumulation(engine, parts).gradients(batch(images), LOSS, 3, frozenset())
        norm = clip(engine, 0.01)
        scores = engine.scores(batch(images))
        return [
            np.array([found.images, found.loss_sum, found.correct, norm]),
            engine.gradient.copy(), engine.state.vector.copy(), scores,
        ]  # fmt: skip


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("images", [1, 2, 3, 4, 5, 13])
@pytest.mark.parametrize("text", [CHAIN, BRANCHES], ids=["chain", "branches"])
def test_ranks_of_one_thread_are_as_threads(images, text):
    """A batch of fewer images leaves ranks without any: these get the same all the same."""
    alone = results(images, text=text, threads=4, fork=False)
    for found in on_ranks(4, lambda world: results(images, text=text, threads=1, world=world)):
        assert equal(found, alone)


def test_accumulated_parts():
    alone = results(11, parts=3, threads=3, fork=False)
    for found in on_ranks(3, lambda world: results(11, parts=3, threads=1, world=world)):
        assert equal(found, alone)


@pytest.mark.parametrize("images", [1, 2, 3, 4, 5, 6, 13])
def test_ranks_of_several_threads(images):
    """These add in another order, and all ranks have the same bits."""
    alone = results(images, threads=6, fork=False)
    first, *others = on_ranks(3, lambda world: results(images, threads=2, world=world))
    assert all(equal(first, other) for other in others)
    for one, other in zip(first, alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)


def test_what_is_not_finite_is_found_by_all():
    def look(world):
        images = batch(8)
        images.array[5, 2, 2, 1] = np.inf
        with Engine(graph_of(CHAIN, SIZE, 4), threads=1, seed=1, world=world) as engine:
            return engine.first_not_finite(images, LOSS), engine.first_not_finite(images)

    assert on_ranks(4, look) == [("the output of input1",) * 2] * 4


def test_ranks_that_round_otherwise_clip_alike():
    def norm(world):
        with Engine(graph_of(CHAIN, SIZE, 4), threads=1, seed=1, world=world) as engine:
            engine.gradient[:] = 1 + world.rank
            return clip(engine, 0.01), engine.gradient[0]

    first, *others = on_ranks(3, norm)
    assert [norm for norm, _ in others] == [first[0]] * 2
    np.testing.assert_allclose([value / first[1] for _, value in others], [2, 3], rtol=1e-6)


def test_buckets_are_whole_layers():
    slices = {"a.W": slice(0, 3), "a.b": slice(3, 4), "b.W": slice(4, 9), "c.W": slice(9, 10)}
    assert buckets(slices, 4) == [slice(0, 10)]


def test_a_large_layer_is_cut():
    million = 1 << 20
    slices = {
        "a.W": slice(0, 10),
        "b.W": slice(10, 10 + 2 * million + 5),
        "c.W": slice(10 + 2 * million + 5, 20 + 2 * million),
        "d.W": slice(20 + 2 * million, 20 + 3 * million),
    }
    assert buckets(slices, 4) == [
        slice(0, 10),
        slice(10, 10 + million),
        slice(10 + million, 10 + 2 * million),
        slice(10 + 2 * million, 20 + 2 * million),
        slice(20 + 2 * million, 20 + 3 * million),
    ]
    assert buckets({}, 4) == []


def test_alone():
    array = np.arange(3.0)
    assert ALONE.sum(array) is array
    assert ALONE.gather(7) == [7]
    assert ALONE.first(lambda: 5) == ALONE.largest(5) == 5
    assert ALONE.meet(3, 0) == [3]
    assert len(ALONE.hosts) == ALONE.size == 1


def test_here():
    world = ThreadWorld(0, 2, None)
    assert here() is ALONE
    with within(world):
        assert here() is world
        assert not may_fork()
        with within(ALONE):
            assert here() is ALONE
            assert not may_fork(), "a library of MPI is there all the same"
    assert here() is ALONE


def test_all_have_the_same_failure():
    def work(world):
        def fail():
            raise DataError("no images")

        with pytest.raises(DataError, match=r"^no images$"):
            together(world, fail)

    on_ranks(3, work)


def test_one_fails_and_all_say_which():
    def work(world):
        def fail():
            if world.rank in (2, 3):
                raise DataError(f"{world.rank}.png is missing")

        with pytest.raises(CnncliError) as caught:
            together(world, fail)
        return str(caught.value), caught.value.exit_status

    message = "rank 2 of 4 on host1: 2.png is missing"
    assert on_ranks(4, work) == [(message, 3)] * 4


def test_what_is_not_alike():
    def work(world):
        return check_alike(world, "versions", "1.0" if world.rank < 3 else "1.1", "Mend it.")

    text = (
        "versions differ between the ranks:\n  1.0: ranks 0, 1, 2 on host0, host1\n"
        "  1.1: rank 3 on host1\nMend it."
    )
    assert on_ranks(4, work) == [text] * 4
    assert on_ranks(2, work) == [None, None]


def test_errors_can_be_sent():
    problem = Problem(Place("net.yaml", 3, 4), "train.epochs", "too many")
    for error in (ConfigError([problem]), UsageError("no"), DataError("none")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
    assert pickle.loads(pickle.dumps(ConfigError([problem]))).problems == (problem,)
