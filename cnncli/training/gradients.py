"""Gradients of large batches with the memory of small ones, and their clipping."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Batch, Part
from cnncli.engine.engine import Engine, StepResult
from cnncli.engine.parallel.comm import share
from cnncli.kernels.chunks import spans
from cnncli.optim.losses import Loss


@dataclass(frozen=True)
class _Slice:
    """Images first to last - 1 of a batch, as a batch."""

    batch: Batch
    first: int
    last: int

    @property
    def labels(self) -> NDArray[np.int64]:
        return self.batch.labels[self.first : self.last]

    def __len__(self) -> int:
        return self.last - self.first

    def part(self, first: int, last: int) -> Part:
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
        slices = self._slices(batch)
        if len(slices) == 1:
            return engine.gradients(batch, loss, step, frozen)
        self._total.fill(0)
        results = []
        for part in slices:
            results.append(engine.gradients(part, loss, step, frozen, part.first))
            self._add(len(part) / images)
        np.copyto(engine.gradient, self._total)
        return StepResult(images, sum(r.loss_sum for r in results), sum(r.correct for r in results))

    def first_not_finite(
        self, batch: Batch, loss: Loss, step: int, frozen: frozenset[str]
    ) -> str | None:
        """Repeats what `gradients` did: where numbers first stop being finite, in words."""
        engine = self._engine
        for part in self._slices(batch):
            if found := engine.first_not_finite(part, loss, step, frozen, part.first):
                return found
        return None

    def _slices(self, batch: Batch) -> list[_Slice]:
        images = len(batch)
        parts = min(self._parts, images)
        shares = [share(images, place, parts) for place in range(parts)]
        return [_Slice(batch, one.start, one.stop) for one in shares]

    def _add(self, weight: float) -> None:
        def add(span: slice) -> None:
            gradient = self._engine.gradient[span]
            gradient *= gradient.dtype.type(weight)
            self._total[span] += gradient

        self._engine.parallel(add, self._total.size)


CHUNK = 6 << 10
"""Numbers that are squared at a time: 48 KiB in float64, memory that the allocator has at hand."""


def clip(engine: Engine, clip_norm: float | None) -> float:
    """The L2 norm of `engine.gradient` as it was, over all parameters together.

    If the norm is larger than `clip_norm`, the gradient is multiplied in place by
    clip_norm / norm (Pascanu et al. 2013, "On the difficulty of training Recurrent Neural
    Networks", algorithm 1). A gradient that is not finite is left as it is.
    """
    gradient = engine.gradient
    sums: list[tuple[int, float]] = []

    def add_squares(part: slice) -> None:
        total, doubles = 0.0, np.empty(CHUNK, np.float64)
        with np.errstate(all="ignore"):
            for span in spans(part.stop - part.start, 1, CHUNK):
                chunk = doubles[: span.stop - span.start]
                np.copyto(chunk, gradient[part][span])
                total += float(chunk @ chunk)
        sums.append((part.start, total))

    engine.parallel(add_squares, gradient.size)
    norm = sqrt(sum(total for _, total in sorted(sums)))
    if clip_norm is None:
        return norm
    norm = engine.world.first(lambda: norm)  # which another kind of processor may round otherwise
    if clip_norm < norm < inf:
        scale = clip_norm / norm

        def multiply(part: slice) -> None:
            gradient[part] *= scale

        engine.parallel(multiply, gradient.size)
    return norm
