"""The update rule that a configuration asks for."""

from . import optimizer_fields as spec
from .muon import Muon
from .sgd_adam import Adam, AdamW, Optimizer, Sgd


def make_optimizer(hyper: spec.OptimizerSpec, size: int) -> Optimizer:
    """The optimizer that a `train.optimizer` section describes, for `size` parameters."""
    match hyper:
        case spec.Sgd():
            return Sgd(hyper, size)
        case spec.Muon():
            return Muon(hyper, size)
        case spec.AdamW():
            return AdamW(hyper, size)
        case spec.Adam():
            return Adam(hyper, size)
