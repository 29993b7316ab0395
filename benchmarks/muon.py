"""Muon as a PyTorch optimizer, after the same formulas as training/muon.py."""

from collections.abc import Iterable
from typing import Any

import torch

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class MuonRule(torch.optim.Optimizer):
    """Steps of weights (K, ...) seen as matrices of K rows, made orthogonal."""

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float, momentum: float, nesterov: bool
    ) -> None:
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0})
        self._momentum, self._nesterov = momentum, nesterov

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step with the gradients that there are."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                mean = self.state[weight].setdefault("mean", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - self._momentum)
                ahead = weight.grad.lerp(mean, self._momentum) if self._nesterov else mean
                rows, columns = len(weight), weight[0].numel()
                step = orthogonal(ahead.reshape(rows, columns)).reshape(weight.shape)
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(step, alpha=group["lr"] * max(1.0, rows / columns) ** 0.5)


def orthogonal(G: torch.Tensor) -> torch.Tensor:
    """By iterations of Newton and Schulz."""
    a, b, c = _COEFFICIENTS
    X = G / (G.norm() + 1e-7)
    wide = X if len(X) <= X.shape[1] else X.T
    for _ in range(_ITERATIONS):
        A = wide @ wide.T
        wide = a * wide + (b * A + c * A @ A) @ wide
    return wide if len(X) <= X.shape[1] else wide.T
