"""Images that count by their class: rare classes more, frequent ones less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cnncli.bounds import MAX_CLASS_WEIGHT
from cnncli.layers.constraints import Written
from cnncli.lazy import Labels, NDArray, np
from cnncli.text import show

from .losses import Loss, Scores

ClassWeights: TypeAlias = Literal["balanced"] | dict[str, float]


def read_weights(value: Any) -> Any:
    """A section's class weights. Raises ValueError where they are none."""
    if value == "balanced":
        return value
    if not isinstance(value, dict) or not value:
        raise ValueError(f"expected {FORMS}")
    for name, weight in value.items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not 1 / MAX_CLASS_WEIGHT <= weight <= MAX_CLASS_WEIGHT:
            raise ValueError(
                f"the weight of {show(name)} must be a number from {1 / MAX_CLASS_WEIGHT:g} "
                f"to {MAX_CLASS_WEIGHT:,.0f}"
            )
    return {name: float(weight) for name, weight in value.items()}


FORMS = "balanced, or a weight for each class, like {cat: 1, ship: 19}"
WRITTEN = Written(
    {
        "anyOf": [
            {"enum": ["balanced"]},
            {
                "type": "object",
                "additionalProperties": {
                    "type": "number",
                    "minimum": 1 / MAX_CLASS_WEIGHT,
                    "maximum": MAX_CLASS_WEIGHT,
                },
                "minProperties": 1,
            },
        ]
    }
)


def weights_of(given: ClassWeights, classes: Sequence[str], labels: Labels) -> NDArray[np.float64]:
    """The weight of each class (C,), its name in `classes`.

    balanced: N / (C count) for a class with `count` of the N labels; 0 where it has none, as then
    none is ever weighed.
    """
    if isinstance(given, Mapping):
        return np.array([given[name] for name in classes])
    counts = np.bincount(labels, minlength=len(classes))
    shares = len(labels) / (len(classes) * np.maximum(counts, 1))
    return np.where(counts > 0, shares, 0.0)


@dataclass(frozen=True)
class Weighted(Loss):
    """A loss times the weight of each image's class, relative to the mean weight of one batch.

    So the mean over that batch is sum w_y L / sum w_y, in whatever parts it is computed.
    """

    loss: Loss
    weights: NDArray[np.float64]
    """Of each class, (C,)."""

    @classmethod
    def of_batch(cls, loss: Loss, weights: NDArray[np.float64], labels: Labels) -> Weighted:
        """For a batch with these labels."""
        return cls(loss, weights * (len(labels) / weights[labels].sum()))

    def __call__(self, scores: Scores, labels: Labels) -> tuple[float, Scores]:
        """Images of one weight together: their losses are known only as a sum."""
        weights, loss_sum, dscores = self.weights[labels], 0.0, np.empty_like(scores)
        for weight in np.unique(weights).tolist():
            alike = weights == weight
            part, gradient = self.loss(scores[alike], labels[alike])
            loss_sum += weight * part
            dscores[alike] = weight * gradient
        return loss_sum, dscores
