"""Averages of weights and running statistics over steps."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.engine import Engine
from cnncli.kernels.chunks import spans
from cnncli.training.gradients import CHUNK

from .average_fields import AverageSpec, Ema

Array = NDArray[np.float32]


def averaged(engine: Engine) -> dict[str, Array]:
    """The vectors of an engine that are averaged, by the names of their averages."""
    return {"average": engine.parameters.vector, "average_state": engine.state.vector}


class Average:
    """The average of an engine's flat vectors, which begins with what they hold now.

    `spec` None: there is none, and evaluation sees the vectors as they are.
    """

    def __init__(self, spec: AverageSpec | None, engine: Engine) -> None:
        self._spec = spec
        self._engine = engine
        self._vectors = averaged(engine)
        self.slots: dict[str, Array] = {}
        """The averages, to be saved with a run."""
        if spec:
            self.slots = {name: vector.copy() for name, vector in self._vectors.items()}

    def update(self, step: int, steps: int) -> None:
        """After `step` of all steps, counted from 1.

        The average becomes d average + (1 - d) w. Of an EMA d rises to its value, as (1 + t)/(10 +
        t) after t updates. Of Lookahead 1 - d is alpha, and w continues from there (Zhang et al.
        2019, "Lookahead Optimizer: k steps forward, 1 step back", algorithm 1); where it rises,
        d = (1 - alpha) (step / steps)^rise.
        """
        spec = self._spec
        if spec is None or step % spec.every:
            return
        if isinstance(spec, Ema):
            updates = step // spec.every
            keep = min(spec.decay, (1 + updates) / (10 + updates))
        else:
            keep = (1 - spec.alpha) * (step / steps) ** spec.rise
        for name, average in self.slots.items():
            self._move(average, self._vectors[name], keep, back=not isinstance(spec, Ema))

    def _move(self, average: Array, vector: Array, keep: float, back: bool) -> None:
        """Moves the average towards the vector, and sets the vector `back` to it, if that is so."""

        def move(part: slice) -> None:
            scaled = np.empty(CHUNK, np.float32)
            for span in spans(part.stop - part.start, 1, CHUNK):
                slow, fast = average[part][span], vector[part][span]
                slow *= np.float32(keep)
                slow += np.multiply(fast, np.float32(1 - keep), out=scaled[: len(fast)])
                if back:
                    np.copyto(fast, slow)

        self._engine.parallel(move, average.size)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While it is entered, the engine holds the average, if there is one."""
        before = {name: self._vectors[name].copy() for name in self.slots}
        for name, average in self.slots.items():
            np.copyto(self._vectors[name], average)
        try:
            yield
        finally:
            for name, vector in before.items():
                np.copyto(self._vectors[name], vector)
