"""Optuna's samplers, which choose by what the trials before have found."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from cnncli.layers.constraints import Field
from cnncli.schema.number_types import Seed

from .search import Sampler


@dataclass(frozen=True, kw_only=True)
class OptunaSampler(Sampler):
    """One that is Optuna's: the study has the values."""

    asks_optuna = True

    seed: Annotated[Seed, Field(description="of the draws")] = 0


@dataclass(frozen=True, kw_only=True)
class Tpe(OptunaSampler):
    """Where good trials are dense and bad ones are not; the first ten trials are random.

    Optuna's (extra `sweep`): Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization".
    """

    name: ClassVar[str] = "tpe"


@dataclass(frozen=True, kw_only=True)
class CmaEs(OptunaSampler):
    """A normal distribution that moves and turns towards good trials; for numbers.

    Choices, and keys with conditions, are drawn at random. Optuna's (extra `sweep`): Hansen 2016,
    "The CMA Evolution Strategy: A Tutorial".
    """

    name: ClassVar[str] = "cmaes"
