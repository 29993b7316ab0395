"""Update rules for single numbers, in order of complexity, on parts of flat vectors.

In the formulas w are the parameters, g is their gradient, and every operation is by element.
The hyperparameters and their defaults are in spec/optimizers.py.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels.chunks import spans
from cnncli.training.parameter_groups import Segment

from . import optimizer_fields as spec

Array = NDArray[Any]

CHUNK = 1 << 15
"""Numbers that an update works on at a time: all vectors' chunks together stay in the cache."""


class _Alarm:
    """What NumPy calls where finite numbers give one that is not: the processor notes it anyway."""

    rings = False

    def __call__(self, kind: str, flags: int) -> None:
        self.rings = True


class _Buffers(threading.local):
    """Each thread's own, which it keeps from step to step."""

    def __init__(self, length: int) -> None:
        self.both = np.empty((2, length), np.float32)


class Optimizer(ABC):
    """A rule with the vectors that it remembers: its slots, all zeros before the first step."""

    def __init__(self, slots: Iterable[str], size: int) -> None:
        self.slots: dict[str, NDArray[np.float32]] = {n: np.zeros(size, np.float32) for n in slots}
        self._buffers = _Buffers(min(CHUNK, size))

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
                    self._numbers(parameters, gradient, segment, own, rate, step)
                    changed.append(own)
                elif part.start <= whole.start < part.stop:
                    self._matrix(parameters, gradient, segment, rate)
                    changed.append(whole)
        return not alarm.rings or all(np.isfinite(parameters[own]).all() for own in changed)

    def _numbers(
        self,
        parameters: Array,
        gradient: Array,
        segment: Segment,
        own: slice,
        lr: float,
        step: int,
    ) -> None:
        """The rule for single numbers, on a part of a segment."""
        buffers = self._buffers.both
        for span in spans(max(own.stop - own.start, 0), 1, CHUNK):
            chunk = slice(own.start + span.start, own.start + span.stop)
            g, t = buffers[:, : span.stop - span.start]
            w = parameters[chunk]
            np.copyto(g, gradient[chunk], casting="same_kind")
            if segment.weight_decay:
                np.multiply(w, segment.weight_decay, out=t, casting="same_kind")
                self._decay(w, g, t, lr)
            self._rule(w, g, t, {n: slot[chunk] for n, slot in self.slots.items()}, lr, step)

    def _matrix(self, parameters: Array, gradient: Array, segment: Segment, lr: float) -> None:
        """The rule for an array that is taken as a whole, where an optimizer has one."""
        raise NotImplementedError

    def _decay(self, w: Array, g: Array, decayed: Array, lr: float) -> None:
        """L2 regularisation: g + weight_decay w takes the place of g."""
        g += decayed

    @abstractmethod
    def _rule(
        self, w: Array, g: Array, t: Array, slots: dict[str, Array], lr: float, step: int
    ) -> None:
        """One step on a chunk of w and of the slots; g and t are free to be overwritten."""


class Sgd(Optimizer):
    """Stochastic gradient descent, with the momentum m of Sutskever et al. 2013.

    Plain: w -= lr g. With momentum, in PyTorch's form, where the rate stands outside the
    velocity: v = m v + g; w -= lr v. Nesterov: w -= lr (g + m v), with the new v ("On the
    importance of initialization and momentum in deep learning", section 2).
    """

    def __init__(self, hyper: spec.Sgd, size: int) -> None:
        super().__init__(["velocity"] if hyper.momentum else [], size)
        self.hyper = hyper

    def _rule(
        self, w: Array, g: Array, t: Array, slots: dict[str, Array], lr: float, step: int
    ) -> None:
        if self.hyper.momentum:
            v = slots["velocity"]
            v *= self.hyper.momentum
            v += g
            if self.hyper.nesterov:
                np.multiply(v, self.hyper.momentum, out=t)
                g += t
            else:
                np.copyto(g, v)
        g *= lr
        w -= g


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1).

    mean = b1 mean + (1 - b1) g; square = b2 square + (1 - b2) g^2; and in step number t
    w -= lr mean / (1 - b1^t) / (sqrt(square / (1 - b2^t)) + eps).
    """

    def __init__(self, hyper: spec.Adam | spec.AdamW, size: int) -> None:
        super().__init__(["mean", "square"], size)
        self.hyper = hyper

    def _rule(
        self, w: Array, g: Array, t: Array, slots: dict[str, Array], lr: float, step: int
    ) -> None:
        beta1, beta2 = self.hyper.beta1, self.hyper.beta2
        mean, square = slots["mean"], slots["square"]
        mean *= beta1
        np.multiply(g, 1 - beta1, out=t)
        mean += t
        square *= beta2
        np.multiply(g, g, out=t)
        t *= 1 - beta2
        square += t
        np.sqrt(square, out=t)
        t *= (1 - beta2**step) ** -0.5
        t += self.hyper.eps
        np.divide(mean, t, out=t)
        t *= lr / (1 - beta1**step)
        w -= t


class AdamW(Adam):
    """Adam, and w -= lr weight_decay w before it: decay that the mean square does not scale.

    Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2; the decay
    is multiplied by the learning rate, as in PyTorch.
    """

    def _decay(self, w: Array, g: Array, decayed: Array, lr: float) -> None:
        decayed *= lr
        w -= decayed
