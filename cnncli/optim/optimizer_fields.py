"""Hyperparameters of optimizers; the update rules are in training/optimizers.py."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cnncli.schema.number_types import NotNegative, Positive, Share

_LR = "learning rate: the schedule's peak"
_DECAY = "weight decay, on weights but not on biases and normalisation"


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent, with momentum and Nesterov's look-ahead if asked for."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["sgd"] = "sgd"
    lr: Annotated[Positive, Field(description=_LR)] = 0.01
    momentum: Annotated[Share, Field(description="0 for plain gradient descent")] = 0.0
    nesterov: Annotated[bool, Field(description="take the gradient ahead of the step")] = False
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.0


@dataclass(frozen=True, kw_only=True)
class _Moments:
    """What Adam and AdamW have in common."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    lr: Annotated[Positive, Field(description=_LR)] = 0.001
    beta1: Annotated[Share, Field(description="decay of the mean of gradients")] = 0.9
    beta2: Annotated[Share, Field(description="decay of the mean of squares")] = 0.999
    eps: Annotated[Positive, Field(description="added to the root of the mean of squares")] = 1e-8


@dataclass(frozen=True, kw_only=True)
class Adam(_Moments):
    """Adam; its weight decay is part of the gradient (L2)."""

    name: Literal["adam"] = "adam"
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.0


@dataclass(frozen=True, kw_only=True)
class AdamW(_Moments):
    """AdamW: Adam with decoupled weight decay, lr * weight_decay * w."""

    name: Literal["adamw"] = "adamw"
    weight_decay: Annotated[NotNegative, Field(description=_DECAY)] = 0.01


@dataclass(frozen=True, kw_only=True)
class Muon:
    """Momentum whose step is made orthogonal, for weights of CONV and FC; SGD for the rest."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["muon"] = "muon"
    lr: Annotated[Positive, Field(description=_LR)] = 0.02
    momentum: Annotated[Share, Field(description="share of the mean of gradients that stays")] = (
        0.95
    )
    nesterov: Annotated[bool, Field(description="take the gradient ahead of the step")] = True
    weight_decay: Annotated[
        NotNegative, Field(description="lr * weight_decay * w, on those weights")
    ] = 0.0
    others: Annotated[
        Sgd, Field(description="for biases, normalisation and all else; its lr is another peak")
    ] = Sgd(lr=0.02, momentum=0.9)


OptimizerSpec = Annotated[Sgd | Adam | AdamW | Muon, Field(discriminator="name")]
