"""Hyperparameters of learning-rate schedules; the curves are in training/schedules.py.

Every schedule has `warmup`: the fraction of all steps over which the rate rises linearly.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cnncli.schema.number_types import Fraction, Positive, Share

Factor = Annotated[Positive, Field(le=1)]


@dataclass(frozen=True, kw_only=True)
class _Schedule:
    __pydantic_config__ = ConfigDict(extra="forbid")

    warmup: Annotated[
        Share, Field(description="fraction of all steps with a linearly rising rate")
    ] = 0.0


@dataclass(frozen=True, kw_only=True)
class Constant(_Schedule):
    """The same rate to the end."""

    name: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step(_Schedule):
    """The rate times `factor` after each `every` epochs."""

    name: Literal["step"] = "step"
    every: Annotated[Positive, Field(description="epochs between two drops")]
    factor: Annotated[Factor, Field(description="what a drop multiplies the rate by")] = 0.1


@dataclass(frozen=True, kw_only=True)
class MultiStep(_Schedule):
    """The rate times `factor` at each of the epochs `at`."""

    name: Literal["multistep"] = "multistep"
    at: Annotated[tuple[Positive, ...], Field(min_length=1, description="epochs at which it drops")]
    factor: Annotated[Factor, Field(description="what a drop multiplies the rate by")] = 0.1


@dataclass(frozen=True, kw_only=True)
class Exponential(_Schedule):
    """The rate times `factor` for each epoch, smoothly."""

    name: Literal["exponential"] = "exponential"
    factor: Annotated[Factor, Field(description="what an epoch multiplies the rate by")] = 0.9


@dataclass(frozen=True, kw_only=True)
class Cosine(_Schedule):
    """Half a cosine from the full rate down to `end` times it."""

    name: Literal["cosine"] = "cosine"
    end: Annotated[Fraction, Field(description="the last rate, as a fraction of lr")] = 0.0


@dataclass(frozen=True, kw_only=True)
class OneCycle(_Schedule):
    """A triangle: up from `start` times the rate during the warm-up, then down to `end` times."""

    name: Literal["one-cycle"] = "one-cycle"
    warmup: Annotated[Share, Field(description="fraction of all steps to the peak")] = 0.25
    start: Annotated[Fraction, Field(description="the first rate, as a fraction of lr")] = 0.0
    end: Annotated[Fraction, Field(description="the last rate, as a fraction of lr")] = 0.0


ScheduleSpec = Annotated[
    Constant | Step | MultiStep | Exponential | Cosine | OneCycle, Field(discriminator="name")
]
