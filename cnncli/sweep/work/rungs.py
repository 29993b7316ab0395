"""Which trials are to go on, and how far: by what came of them, and nothing else.

Without a pruner there is one rung, to a trial's own end. With successive halving (Jamieson and
Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization") all trials
train for some epochs, the best 1/factor of them factor times as long, and so on to the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from .trial_result import TrialResult

Results = Mapping[int, TrialResult]


class Step(NamedTuple):
    """What is to be done now: trials by number that have not reached a rung, from 0."""

    rung: int
    epochs: int | None
    """Up to which each trains; None: to its own end."""
    trials: Iterable[int]


class Ladder(NamedTuple):
    """The rungs of a sweep."""

    epochs: tuple[int | None, ...]
    """Of each; None: to a trial's own end, which the last rung is."""
    factor: int
    more_is_better: bool

    @classmethod
    def of(cls, first: int | None, factor: int, last: int, more_is_better: bool) -> "Ladder":
        """first: epochs of the first rung; None: there is but one. last: of a whole run."""
        rungs: list[int | None] = []
        while first is not None and first < last:
            rungs.append(first)
            first *= factor
        return cls((*rungs, None), factor, more_is_better)

    def rank(self, results: Results, members: Iterable[int], rung: int) -> list[int]:
        """Sound ones by what they had come to at the rung, the best first; the lower number of two.

        Trials that have diverged or failed are last: they are not among them.
        """
        sign = -1 if self.more_is_better else 1
        found = {k: results[k].at(rung) for k in members if k in results}
        sound = {k: at.objective * sign for k, at in found.items() if at}
        return sorted(sound, key=lambda k: (sound[k], k))

    def next_step(self, results: Results, trials: int | None) -> Step | None:
        """The lowest rung that is not complete, of so many trials; None: nothing is left to do.

        trials: None: without end, and with one rung.
        """
        if trials is None:
            return Step(0, None, (k for k in count() if not _has_reached(results, k, 0)))
        members: Sequence[int] = range(trials)
        for rung, epochs in enumerate(self.epochs):
            waiting = [k for k in members if not _has_reached(results, k, rung)]
            if waiting:
                return Step(rung, epochs, waiting)
            kept = -(-len(members) // self.factor)
            members = sorted(self.rank(results, members, rung)[:kept])
        return None


def begun(results: Results) -> list[int]:
    """The trials that are under way, or were when their worker ended."""
    return sorted(k for k, result in results.items() if result.state == "begun")


def _has_reached(results: Results, number: int, rung: int) -> bool:
    return number in results and results[number].has_reached(rung)
