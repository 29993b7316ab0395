"""Averages of weights and running statistics over steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cnncli.kernels.chunks import spans
from cnncli.layers.constraints import Field
from cnncli.layers.fields import Count
from cnncli.lazy import Array, np
from cnncli.schema.kinds import Kind
from cnncli.schema.number_types import NotNegative, Positive, Share

_CHUNK = 6 << 10
"""Numbers that are moved at a time: memory that the allocator has at hand."""
_EVERY = Field(description="steps between two updates of the average")


class Average(Kind, ABC):
    """An average of the weights w over steps: it becomes d average + (1 - d) w."""

    moves_weights: ClassVar[bool] = False
    """Whether w continues from the new average."""

    if TYPE_CHECKING:

        @property
        def every(self) -> int: ...

    @abstractmethod
    def keep(self, step: int, steps: int) -> float:
        """d, after `step` of all steps, counted from 1; it is asked for in every `every`th."""


@dataclass(frozen=True, kw_only=True)
class Ema(Average):
    """An exponential moving average of the weights, for evaluation; training does not see it."""

    name: Literal["ema"] = "ema"
    decay: Annotated[Share, Field(description="share of the average that stays")] = 0.999
    every: Annotated[Count, _EVERY] = 1

    def keep(self, step: int, steps: int) -> float:
        """Rises to its value, as (1 + t)/(10 + t) after t updates."""
        updates = step // self.every
        return min(self.decay, (1 + updates) / (10 + updates))


@dataclass(frozen=True, kw_only=True)
class Lookahead(Average):
    """Slow weights go some of the way to the trained ones, which begin anew there.

    Zhang et al. 2019, "Lookahead Optimizer: k steps forward, 1 step back", algorithm 1.
    """

    moves_weights = True

    name: Literal["lookahead"] = "lookahead"
    alpha: Annotated[
        Positive, Field(le=1, description="share of the way, at the end of the run")
    ] = 0.5
    every: Annotated[Count, _EVERY] = 5
    rise: Annotated[
        NotNegative,
        Field(description="the share falls from 1 to alpha with this power of the run's progress"),
    ] = 0.0

    def keep(self, step: int, steps: int) -> float:
        """1 - alpha, times (step / steps)^rise."""
        return float((1 - self.alpha) * (step / steps) ** self.rise)


class AverageState:
    """The average of flat vectors, which begins with what they hold now.

    rule: None: there is none, and evaluation sees the vectors as they are. vectors: by the names
    of their averages. parallel: runs a task on parts of range(size).
    """

    def __init__(
        self,
        rule: Average | None,
        vectors: Mapping[str, Array],
        parallel: Callable[[Callable[[slice], None], int], object],
    ) -> None:
        self._rule = rule
        self._vectors = vectors
        self._parallel = parallel
        self.slots = {name: vector.copy() for name, vector in vectors.items()} if rule else {}
        """The averages, to be saved with a run."""

    def update(self, step: int, steps: int) -> None:
        """After `step` of all steps, counted from 1."""
        if self._rule is None or step % self._rule.every:
            return
        keep, moves_weights = self._rule.keep(step, steps), self._rule.moves_weights

        def move(average: Array, vector: Array, part: slice) -> None:
            scaled = np.empty(_CHUNK, np.float32)
            for span in spans(part.stop - part.start, 1, _CHUNK):
                slow, fast = average[part][span], vector[part][span]
                slow *= np.float32(keep)
                slow += np.multiply(fast, np.float32(1 - keep), out=scaled[: len(fast)])
                if moves_weights:
                    np.copyto(fast, slow)

        for name, average in self.slots.items():
            self._parallel(partial(move, average, self._vectors[name]), average.size)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While it is entered, the vectors hold their average, if there is one."""
        before = {name: self._vectors[name].copy() for name in self.slots}
        for name, average in self.slots.items():
            np.copyto(self._vectors[name], average)
        try:
            yield
        finally:
            for name, vector in before.items():
                np.copyto(self._vectors[name], vector)
