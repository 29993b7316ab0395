"""What a run does when its numbers stop being finite; training/divergence.py does it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cnncli.layers.fields import Count
from cnncli.schema.fields_of_numbers import Ratio


@dataclass(frozen=True, kw_only=True)
class Stop:
    """End the run; its last checkpoint is from before."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["stop"] = "stop"


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """Go back to the last checkpoint, and on from there with a smaller learning rate.

    Checkpoints are those of the epochs' ends, and of interruptions.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["rollback"] = "rollback"
    factor: Annotated[Ratio, Field(description="of the learning rate, each time")] = 0.5
    times: Annotated[Count, Field(description="how often at most, before the run ends")] = 3


DivergenceSpec = Annotated[Stop | Rollback, Field(discriminator="name")]
