"""Successive halving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cnncli.layers.constraints import Field
from cnncli.layers.fields import Count
from cnncli.schema.kinds import Kind


class Pruner(Kind):
    """A rule by which some trials do not go on."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Halving(Pruner):
    """All trials train for some epochs, the best 1/factor of them factor times as long, and so on.

    Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter
    Optimization". A rung is decided when all its trials are there.
    """

    name: ClassVar[str] = "halving"

    factor: Annotated[Count, Field(ge=2, description="of trials one goes on")] = 3
    epochs: Annotated[Count, Field(description="of the first rung")] = 1
