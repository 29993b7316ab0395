"""Hyperparameters of optimizers; the update rules are in training/optimizers.py."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Beta = Annotated[float, Field(ge=0, lt=1)]

_LR = "learning rate: the schedule's peak"
_DECAY = "weight decay, on weights but not on biases and normalisation"


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent, with momentum and Nesterov's look-ahead if asked for."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["sgd"] = "sgd"
    lr: Annotated[Rate, Field(description=_LR)] = 0.01
    momentum: Annotated[Beta, Field(description="0 for plain gradient descent")] = 0.0
    nesterov: Annotated[bool, Field(description="take the gradient ahead of the step")] = False
    weight_decay: Annotated[Decay, Field(description=_DECAY)] = 0.0


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam; its weight decay is part of the gradient (L2)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["adam"] = "adam"
    lr: Annotated[Rate, Field(description=_LR)] = 0.001
    beta1: Annotated[Beta, Field(description="decay of the mean of gradients")] = 0.9
    beta2: Annotated[Beta, Field(description="decay of the mean of squares")] = 0.999
    eps: Annotated[Rate, Field(description="added to the root of the mean of squares")] = 1e-8
    weight_decay: Annotated[Decay, Field(description=_DECAY)] = 0.0


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """AdamW: Adam with decoupled weight decay, lr * weight_decay * w."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["adamw"] = "adamw"
    lr: Annotated[Rate, Field(description=_LR)] = 0.001
    beta1: Annotated[Beta, Field(description="decay of the mean of gradients")] = 0.9
    beta2: Annotated[Beta, Field(description="decay of the mean of squares")] = 0.999
    eps: Annotated[Rate, Field(description="added to the root of the mean of squares")] = 1e-8
    weight_decay: Annotated[Decay, Field(description=_DECAY)] = 0.01


OptimizerSpec = Annotated[Sgd | Adam | AdamW, Field(discriminator="name")]
