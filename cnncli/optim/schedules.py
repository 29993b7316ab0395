"""Learning rates as functions of the step.

Steps count from 0 to total_steps - 1, and the warm-up is the first round(warmup * total_steps).
A warm-up of all steps, or of all but the last, leaves nothing to fall: the last step is the peak.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, ClassVar, Literal

from cnncli.layers.constraints import Field
from cnncli.schema.kinds import Kind
from cnncli.schema.number_types import Fraction, Positive, Share

_SLACK = 1e-6
"""Of a step: 0.07 epochs of 100 steps are 7 steps, and 7.000000000000001 in floating point."""

Factor = Annotated[Positive, Field(le=1)]


@dataclass(frozen=True, kw_only=True)
class Schedule(Kind, ABC):
    """A learning rate's way from the first step to the last, with a warm-up."""

    warmup: Annotated[
        Share, Field(description="fraction of all steps with a linearly rising rate")
    ] = 0.0

    def rate(self, lr: float, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """The rate of a step: lr times the curve, in a warm-up of w steps times (step + 1)/w."""
        warmup = round(self.warmup * total_steps)
        rate = lr * self.curve(step, steps_per_epoch, total_steps)
        return rate * ((step + 1) / warmup) if step < warmup else rate

    @abstractmethod
    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """The fraction of lr that a step takes, 0 to 1, before any warm-up; total_steps >= 1."""

    def peak(self, total_steps: int) -> int:
        """The step at the end of the warm-up, at most the last."""
        return min(round(self.warmup * total_steps), total_steps - 1)

    def way_down(self, step: int, total_steps: int) -> float:
        """The share of the way from the peak to the last step that is done, 0 before the peak."""
        peak = self.peak(total_steps)
        return max(step - peak, 0) / max(total_steps - 1 - peak, 1)


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same rate to the end."""

    name: Literal["constant"] = "constant"

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        return 1.0


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """The rate times `factor` after each `every` epochs."""

    name: Literal["step"] = "step"
    every: Annotated[Positive, Field(description="epochs between two drops")]
    factor: Annotated[Factor, Field(description="what a drop multiplies the rate by")] = 0.1

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """factor^floor(epochs / every), where epochs = step / steps_per_epoch."""
        drops = (step + _SLACK) // (self.every * steps_per_epoch)
        return float(self.factor**drops)


@dataclass(frozen=True, kw_only=True)
class MultiStep(Schedule):
    """The rate times `factor` at each of the epochs `at`."""

    name: Literal["multistep"] = "multistep"
    at: Annotated[tuple[Positive, ...], Field(min_length=1, description="epochs at which it drops")]
    factor: Annotated[Factor, Field(description="what a drop multiplies the rate by")] = 0.1

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """factor^(how many of `at` are not above the epochs so far)."""
        passed = sum(epoch * steps_per_epoch <= step + _SLACK for epoch in self.at)
        return float(self.factor**passed)


@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """The rate times `factor` for each epoch, smoothly."""

    name: Literal["exponential"] = "exponential"
    factor: Annotated[Factor, Field(description="what an epoch multiplies the rate by")] = 0.9

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        return float(self.factor ** (step / steps_per_epoch))


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """Half a cosine from the full rate down to `end` times it.

    Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts.
    """

    name: Literal["cosine"] = "cosine"
    end: Annotated[Fraction, Field(description="the last rate, as a fraction of lr")] = 0.0

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """From 1 at the end of the warm-up to `end` at the last step."""
        way = self.way_down(step, total_steps)
        return _between(1, self.end, (1 - cos(pi * way)) / 2)


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """A triangle: up from `start` times the rate during the warm-up, then down to `end` times.

    Smith 2017, "Cyclical Learning Rates", the triangular policy.
    """

    other_names: ClassVar[tuple[str, ...]] = ("triangular", "onecycle")

    name: Literal["one-cycle"] = "one-cycle"
    warmup: Annotated[Share, Field(description="fraction of all steps to the peak")] = 0.25
    start: Annotated[Fraction, Field(description="the first rate, as a fraction of lr")] = 0.0
    end: Annotated[Fraction, Field(description="the last rate, as a fraction of lr")] = 0.0

    def rate(self, lr: float, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """The triangle rises in its own way: it has no other warm-up."""
        return lr * self.curve(step, steps_per_epoch, total_steps)

    def curve(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """From `start` at step 0 to 1 at the end of the warm-up, to `end` at the last step."""
        peak = self.peak(total_steps)
        if step < peak:
            return _between(self.start, 1, step / peak)
        return _between(1, self.end, self.way_down(step, total_steps))


def _between(first: float, last: float, way: float) -> float:
    """A straight line that meets both ends exactly."""
    return (1 - way) * first + way * last
