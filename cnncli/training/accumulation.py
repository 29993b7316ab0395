"""Gradients of large batches with the memory of small ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Batch, Loss, Part
from cnncli.engine.comm import share
from cnncli.engine.engine import Engine, StepResult


@dataclass(frozen=True)
class _Slice:
    """Images first to last - 1 of a batch, as a batch."""

    batch: Batch
    first: int
    last: int

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each image."""
        return self.batch.labels[self.first : self.last]

    def __len__(self) -> int:
        return self.last - self.first

    def part(self, first: int, last: int) -> Part:
        """What a shard needs of some of them."""
        return self.batch.part(self.first + first, self.first + last)


class Accumulation:
    """Computes batches in so many parts, one after another.

    The gradient is that of the whole batch. Only batch normalisation can tell: its statistics
    are those of a part.
    """

    def __init__(self, engine: Engine, parts: int) -> None:
        self._engine = engine
        self._parts = parts
        self._total = np.zeros_like(engine.gradient) if parts > 1 else engine.gradient

    def gradients(self, batch: Batch, loss: Loss, step: int, frozen: frozenset[str]) -> StepResult:
        """Sets the engine's gradient to the mean over the batch, and its state."""
        engine, images = self._engine, len(batch)
        parts = min(self._parts, images)
        if parts == 1:
            return engine.gradients(batch, loss, step, frozen)
        self._total.fill(0)
        results = []
        for place in range(parts):
            one = share(images, place, parts)
            part = _Slice(batch, one.start, one.stop)
            results.append(engine.gradients(part, loss, step, frozen, first=one.start))
            self._add(len(part) / images)
        np.copyto(engine.gradient, self._total)
        return StepResult(images, sum(r.loss_sum for r in results), sum(r.correct for r in results))

    def _add(self, weight: float) -> None:
        def add(span: slice) -> None:
            gradient = self._engine.gradient[span]
            gradient *= gradient.dtype.type(weight)
            self._total[span] += gradient

        self._engine.parallel(add, self._total.size)
