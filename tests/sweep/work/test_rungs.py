"""Which trials go on: by results alone, whoever found them, in whatever order."""

import random

import pytest

from cnncli.sweep.work.rungs import Ladder, begun
from cnncli.sweep.work.trial_result import Rung, TrialResult

HALVING = Ladder.of(first=1, factor=3, last=9, more_is_better=True)


def reached(*objectives, state="paused"):
    rungs = [Rung(3**n, value, 1) for n, value in enumerate(objectives)]
    return TrialResult({}, state, tuple(rungs))


@pytest.mark.parametrize(
    ("first", "factor", "last", "epochs"),
    [
        (None, 1, 30, (None,)),
        (1, 3, 30, (1, 3, 9, 27, None)),
        (1, 3, 27, (1, 3, 9, None)),
        (4, 2, 4, (None,)),
        (5, 2, 4, (None,)),
    ],
)
def test_rungs_end_with_the_whole_run(first, factor, last, epochs):
    assert Ladder.of(first, factor, last, True).epochs == epochs


def test_a_rung_is_decided_when_it_is_complete():
    results = {0: reached(0.5), 1: reached(0.7), 2: reached(0.6)}
    assert HALVING.next_step(results, 4) == (0, 1, [3])
    results[3] = reached(0.9)
    assert HALVING.next_step(results, 4) == (1, 3, [1, 3])
    results[1] = reached(0.7, 0.95)
    assert HALVING.next_step(results, 4) == (1, 3, [3])
    results[3] = reached(0.9, 0.91)
    assert HALVING.next_step(results, 4) == (2, None, [1])
    results[1] = reached(0.7, 0.95, 0.96, state="finished")
    assert HALVING.next_step(results, 4) is None


def test_ties_go_to_the_lower_number_and_what_has_diverged_is_last():
    results = {k: reached(0.5) for k in range(9)} | {0: reached(state="diverged")}
    assert HALVING.next_step(results, 9).trials == [1, 2, 3]
    results |= {k: reached(state="failed") for k in range(7)}
    assert HALVING.next_step(results, 9).trials == [7, 8]
    results |= {k: reached(0.9, state="diverged") for k in (7, 8)}
    assert HALVING.next_step(results, 9) is None
    assert HALVING.rank(results, range(9), 0) == [7, 8], "there they were sound"
    assert HALVING.rank(results, range(9), 1) == []


def test_less_is_better_of_a_loss():
    ladder = HALVING._replace(more_is_better=False)
    results = {0: reached(0.5), 1: reached(0.7), 2: reached(0.4)}
    assert ladder.next_step(results, 3).trials == [2]


def test_one_that_stopped_early_keeps_what_it_has():
    results = {0: reached(0.8, state="finished"), 1: reached(0.7), 2: reached(0.6)}
    results |= {3: reached(0.1)}
    assert HALVING.next_step(results, 4) == (1, 3, [1])
    results[1] = reached(0.7, 0.75)
    assert HALVING.next_step(results, 4) is None, "trial 0 is the one that goes on"


def test_no_pruner():
    ladder = Ladder.of(None, 1, 9, True)
    assert ladder.next_step({0: reached(0.1, state="finished")}, 3) == (0, None, [1, 2])
    over = {k: reached(state=state) for k, state in enumerate(("diverged", "failed"))}
    assert ladder.next_step(over, 2) is None
    step = ladder.next_step({0: reached(0.1, state="finished"), 2: TrialResult({})}, None)
    assert [next(step.trials) for _ in range(3)] == [1, 2, 3]


def test_begun():
    assert begun({3: TrialResult({}), 1: TrialResult({}), 2: reached(0.1)}) == [1, 3]


def test_the_order_in_which_results_come_does_not_matter():
    """As workers do: any trial of the step next, many times over."""
    draw = random.Random(0)
    objectives = {k: [round(draw.random(), 1) for _ in range(3)] for k in range(11)}
    ends = set()
    for _ in range(50):
        results = {}
        while step := HALVING.next_step(results, 11):
            k = draw.choice(list(step.trials))
            state = "finished" if step.epochs is None else "paused"
            results[k] = reached(*objectives[k][: step.rung + 1], state=state)
        ends.add(tuple(sorted((k, result.state, result.rungs) for k, result in results.items())))
    assert len(ends) == 1
    assert [len(result.rungs) for result in results.values()].count(3) == 2
