"""Averages of the weights over steps; the rules are in training/averaging.py."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cnncli.layers.fields import Count
from cnncli.schema.number_types import NotNegative, Positive, Share

_EVERY = "steps between two updates of the average"


@dataclass(frozen=True, kw_only=True)
class Ema:
    """An exponential moving average of the weights, for evaluation; training does not see it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["ema"] = "ema"
    decay: Annotated[Share, Field(description="share of the average that stays")] = 0.999
    every: Annotated[Count, Field(description=_EVERY)] = 1


@dataclass(frozen=True, kw_only=True)
class Lookahead:
    """Slow weights go some of the way to the trained ones, which begin anew there."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["lookahead"] = "lookahead"
    alpha: Annotated[
        Positive, Field(le=1, description="share of the way, at the end of the run")
    ] = 0.5
    every: Annotated[Count, Field(description=_EVERY)] = 5
    rise: Annotated[
        NotNegative,
        Field(description="the share falls from 1 to alpha with this power of the run's progress"),
    ] = 0.0


AverageSpec = Annotated[Ema | Lookahead, Field(discriminator="name")]
