"""Learning rates as functions of the step; the hyperparameters are in spec/schedules.py.

Steps count from 0 to total_steps - 1, and the warm-up is the first round(warmup * total_steps).
"""

from math import cos, pi

from .schedule_fields import Constant, Cosine, Exponential, MultiStep, OneCycle, ScheduleSpec, Step

_SLACK = 1e-6
"""Of a step: 0.07 epochs of 100 steps are 7 steps, and 7.000000000000001 in floating point."""


def learning_rate(
    spec: ScheduleSpec, lr: float, step: int, steps_per_epoch: int, total_steps: int
) -> float:
    """The rate of a step: lr times the curve, and during a warm-up of w steps times (step + 1)/w.

    The triangle of one-cycle rises in its own way: it has no other warm-up.
    """
    warmup = round(spec.warmup * total_steps)
    rate = lr * curve(spec, step, steps_per_epoch, total_steps)
    if step < warmup and not isinstance(spec, OneCycle):
        rate *= (step + 1) / warmup
    return rate


def curve(spec: ScheduleSpec, step: int, steps_per_epoch: int, total_steps: int) -> float:
    """The fraction of lr that a step takes, from 0 to 1, before any warm-up; total_steps >= 1.

    - constant: 1.
    - step: factor^floor(epochs / every), where epochs = step / steps_per_epoch.
    - multistep: factor^(how many of `at` are not above epochs).
    - exponential: factor^epochs.
    - cosine: from 1 at the end of the warm-up to `end` at the last step, along half a cosine
      (Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts).
    - one-cycle: from `start` at step 0 to 1 at the end of the warm-up, down to `end` at the last
      step, along straight lines (Smith 2017, "Cyclical Learning Rates", the triangular policy).

    A warm-up of all steps, or of all but the last, leaves nothing to fall: the last step is the
    peak.
    """
    last = total_steps - 1
    peak = min(round(spec.warmup * total_steps), last)
    match spec:
        case Constant():
            return 1.0
        case Step(every=every, factor=factor):
            drops = (step + _SLACK) // (every * steps_per_epoch)
            return float(factor**drops)
        case MultiStep(at=at, factor=factor):
            passed = sum(epoch * steps_per_epoch <= step + _SLACK for epoch in at)
            return float(factor**passed)
        case Exponential(factor=factor):
            return float(factor ** (step / steps_per_epoch))
        case Cosine(end=end):
            return _between(1, end, (1 - cos(pi * _way(step, peak, last))) / 2)
        case OneCycle(start=start, end=end):
            if step < peak:
                return _between(start, 1, step / peak)
            return _between(1, end, _way(step, peak, last))


def _way(step: int, first: int, last: int) -> float:
    """How much of the way from step `first` to `last` is behind: 0 at or before the first."""
    return max(step - first, 0) / max(last - first, 1)


def _between(first: float, last: float, way: float) -> float:
    """A straight line that meets both ends exactly."""
    return (1 - way) * first + way * last
