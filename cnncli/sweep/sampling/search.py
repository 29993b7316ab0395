"""What a sampler is: it chooses the values of each trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cnncli.schema.kinds import Kind
from cnncli.sweep.space import Space


class Sampler(Kind):
    """One of grid, random, quasi, tpe and cmaes."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

    asks_optuna: ClassVar[bool] = False
    """Whether values depend on what other trials have found; the study of Optuna has them then."""

    def values(self, space: Space, number: int) -> dict[str, Any]:
        """Those of one trial: a function of space and number, unless Optuna is asked."""
        raise NotImplementedError

    def most(self, space: Space) -> int | None:
        """How many trials there are at most; None: as many as one likes."""
        return None
