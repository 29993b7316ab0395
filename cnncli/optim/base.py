"""What an optimizer is: its rule, and the vectors that it keeps from step to step.

In the formulas w are the parameters, g is their gradient, and every operation is by element.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cnncli.kernels.chunks import spans
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Param
from cnncli.lazy import Array, np
from cnncli.schema.kinds import Kind

Slots: TypeAlias = Mapping[str, Array]
"""Parts of the vectors that an optimizer keeps, by their names."""

CHUNK = 1 << 15
"""Numbers that an update works on at a time: all vectors' chunks together stay in the cache."""


class Segment(NamedTuple):
    """Neighbouring numbers of the flat vector that are trained alike."""

    part: slice
    lr: float
    """Factor of the learning rate."""
    weight_decay: float
    matrix: tuple[int, int] | None = None
    """Rows and columns of one array that the optimizer takes as a whole."""


@dataclass(frozen=True)
class ArraySettings:
    """How one array is trained, and in which epochs, from `after` to before `until`."""

    lr: float
    """Factor of the learning rate."""
    weight_decay: float
    after: float = 0.0
    until: float | None = None
    matrix: tuple[int, int] | None = None

    def is_trained(self, epoch: float) -> bool:
        """Whether the array changes, so many epochs after the beginning."""
        return self.lr > 0 and self.after <= epoch and (self.until is None or epoch < self.until)


class Optimizer(Kind, ABC):
    """A rule that changes parameters by their gradient; `lr` is the peak of the learning rate."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...
        @property
        def lr(self) -> float: ...
        @property
        def weight_decay(self) -> float: ...

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the vectors that it keeps: a number for each parameter, 0 before step 1."""
        return ()

    @property
    def form(self) -> str:
        """The rule in words, as far as it decides about the slots: a run cannot change it."""
        return self.name

    @abstractmethod
    def update(self, w: Array, g: Array, t: Array, slots: Slots, lr: float, step: int) -> None:
        """Changes w, and so the slots; g and t may be overwritten. `step` counts from 1."""

    def decay(self, w: Array, g: Array, decayed: Array, lr: float) -> None:
        """L2 regularisation: g + weight_decay w takes the place of g.

        decayed: weight_decay w, of those parameters that decay; it may be overwritten.
        """
        g += decayed

    def settings(self, param: Param) -> ArraySettings:
        """How an array is trained that no group names."""
        return ArraySettings(1.0, self.weight_decay if param.decay else 0.0)

    def update_matrix(
        self, workspace: Workspace, W: Array, G: Array, slots: Slots, lr: float, decay: float
    ) -> None:
        """As `update`, of an array whose settings have a matrix: W (rows, columns) as a whole."""
        raise NotImplementedError


class _Alarm:
    """What NumPy calls where finite numbers give one that is not: the processor notes it anyway."""

    rings = False

    def __call__(self, kind: str, flags: int) -> None:
        self.rings = True


class _OfThread(threading.local):
    """Each thread's own memory, which it keeps from step to step."""

    def __init__(self, length: int) -> None:
        self.both = np.empty((2, length), np.float32)
        self.workspace = Workspace()


class OptimizerState:
    """An optimizer with its slots for `size` parameters."""

    def __init__(self, rule: Optimizer, size: int) -> None:
        self.rule = rule
        self.slots = {name: np.zeros(size, np.float32) for name in rule.slots}
        self._of_thread = _OfThread(min(CHUNK, size))

    def update(
        self,
        parameters: Array,
        gradient: Array,
        segments: Iterable[Segment],
        part: slice,
        lr: float,
        step: int,
    ) -> bool:
        """Changes the segments in parameters[part], and so the slots; `step` counts from 1.

        Threads may update disjoint parts at the same time, and any cut into parts gives the same
        bits: a matrix belongs to the part that it begins in. What is not finite gives no warning:
        the result tells whether all parameters are still finite, if all that goes in is.
        """
        assert step >= 1
        alarm, changed = _Alarm(), []
        with np.errstate(under="ignore", over="call", divide="call", invalid="call", call=alarm):
            for segment in segments:
                rate, whole = segment.lr * lr, segment.part
                if segment.matrix is None:
                    own = slice(max(whole.start, part.start), min(whole.stop, part.stop))
                    self._numbers(parameters, gradient, own, rate, segment.weight_decay, step)
                    changed.append(own)
                elif part.start <= whole.start < part.stop:
                    shape = segment.matrix
                    W, G = parameters[whole].reshape(shape), gradient[whole].reshape(shape)
                    slots = {name: slot[whole].reshape(shape) for name, slot in self.slots.items()}
                    workspace, decay = self._of_thread.workspace, segment.weight_decay
                    self.rule.update_matrix(workspace, W, G, slots, rate, decay)
                    changed.append(whole)
        return not alarm.rings or all(np.isfinite(parameters[own]).all() for own in changed)

    def _numbers(
        self, parameters: Array, gradient: Array, own: slice, lr: float, decay: float, step: int
    ) -> None:
        """The rule for single numbers, on a part of a segment."""
        buffers = self._of_thread.both
        for span in spans(max(own.stop - own.start, 0), 1, CHUNK):
            chunk = slice(own.start + span.start, own.start + span.stop)
            g, t = buffers[:, : span.stop - span.start]
            w = parameters[chunk]
            np.copyto(g, gradient[chunk], casting="same_kind")
            if decay:
                np.multiply(w, decay, out=t, casting="same_kind")
                self.rule.decay(w, g, t, lr)
            slots = {name: slot[chunk] for name, slot in self.slots.items()}
            self.rule.update(w, g, t, slots, lr, step)
