"""The focal loss: what is recognised with certainty already counts little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cnncli.layers.constraints import Field
from cnncli.lazy import Labels, np

from .losses import Loss, Scores, negative_log_softmax


@dataclass(frozen=True, kw_only=True)
class Focal(Loss):
    """The cross-entropy of an image times (1 - p)^gamma, p the softmax of its own class.

    L = -(1 - p_y)^gamma log p_y for the label y (Lin et al. 2017, "Focal Loss for Dense Object
    Detection"). Its gradient is dL/ds = f (p - t), with t_j = [j = y] and
    f = (1 - p_y)^gamma - gamma p_y (1 - p_y)^(gamma - 1) log p_y; gamma 0 is cross-entropy.
    """

    is_of_probabilities = True
    is_for_rare_classes = True

    name: Literal["focal"] = "focal"
    gamma: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            le=100,
            description="how much less an image counts the better it is recognised; 0: it does not",
        ),
    ] = 2.0

    def __call__(self, scores: Scores, labels: Labels) -> tuple[float, Scores]:
        at_labels = (np.arange(len(labels)), labels)
        with np.errstate(all="ignore"):
            costs = negative_log_softmax(scores)
            dscores = np.exp(-costs)
            p, cost = dscores[at_labels], costs[at_labels]
            rest = -np.expm1(-cost)  # 1 - p, with all its digits
            weight = rest**self.gamma
            # -log p / (1 - p) is 1 where p is; so no power below 0 is taken of a rest of 0
            ratio = np.divide(cost, rest, out=np.ones_like(cost), where=rest != 0)
            factor = weight * (1 + self.gamma * p * ratio)
            dscores[at_labels] -= 1
            dscores *= factor[:, np.newaxis]
            return float((weight * cost).sum()), dscores.astype(scores.dtype)
