"""Stochastic gradient descent, Adam and AdamW: update rules for single numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cnncli.layers.constraints import Field
from cnncli.lazy import Array, np
from cnncli.schema.number_types import NotNegative, Positive, Share

from .base import Optimizer, Slots

LR = "learning rate: the schedule's peak"
_DECAY = "weight decay, on weights but not on biases and normalisation"


@dataclass(frozen=True, kw_only=True)
class Sgd(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's look-ahead if asked for.

    Plain: w -= lr g. With the momentum m of Sutskever et al. 2013, in PyTorch's form, where the
    rate stands outside the velocity: v = m v + g; w -= lr v. Nesterov: w -= lr (g + m v), with the
    new v ("On the importance of initialization and momentum in deep learning", section 2).
    """

    name: Literal["sgd"] = "sgd"
    lr: Annotated[Positive, Field(description=LR)] = 0.01
    momentum: Annotated[Share, Field(description="0 for plain gradient descent")] = 0.0
    nesterov: Annotated[bool, Field(description="take the gradient ahead of the step")] = False
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.0

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    @property
    def form(self) -> str:
        return f"sgd {'with' if self.momentum else 'without'} momentum"

    def update(self, w: Array, g: Array, t: Array, slots: Slots, lr: float, step: int) -> None:
        if self.momentum:
            v = slots["velocity"]
            v *= self.momentum
            v += g
            if self.nesterov:
                np.multiply(v, self.momentum, out=t)
                g += t
            else:
                np.copyto(g, v)
        g *= lr
        w -= g


@dataclass(frozen=True, kw_only=True)
class _Moments(Optimizer):
    """Adam (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1).

    mean = b1 mean + (1 - b1) g; square = b2 square + (1 - b2) g^2; and in step number t
    w -= lr mean / (1 - b1^t) / (sqrt(square / (1 - b2^t)) + eps).
    """

    lr: Annotated[Positive, Field(description=LR)] = 0.001
    beta1: Annotated[Share, Field(description="decay of the mean of gradients")] = 0.9
    beta2: Annotated[Share, Field(description="decay of the mean of squares")] = 0.999
    eps: Annotated[Positive, Field(description="added to the root of the mean of squares")] = 1e-8

    @property
    def slots(self) -> tuple[str, ...]:
        """The means of the gradient and of its square."""
        return ("mean", "square")

    def update(self, w: Array, g: Array, t: Array, slots: Slots, lr: float, step: int) -> None:
        beta1, beta2 = self.beta1, self.beta2
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
        t += self.eps
        np.divide(mean, t, out=t)
        t *= lr / (1 - beta1**step)
        w -= t


@dataclass(frozen=True, kw_only=True)
class Adam(_Moments):
    """Adam; its weight decay is part of the gradient (L2)."""

    name: Literal["adam"] = "adam"
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.0


@dataclass(frozen=True, kw_only=True)
class AdamW(_Moments):
    """AdamW: Adam with decoupled weight decay, lr * weight_decay * w.

    Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2: the mean
    square does not scale the decay; here it is multiplied by the learning rate, as in PyTorch.
    """

    name: Literal["adamw"] = "adamw"
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.01

    def decay(self, w: Array, g: Array, decayed: Array, lr: float) -> None:
        """Moves w itself, before the step."""
        decayed *= lr
        w -= decayed
