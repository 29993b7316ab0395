"""Losses of class scores, summed over images, with their gradients.

All are computed in float64, whatever the scores are. Scores that are not finite give a loss that
is not finite, without a warning: the trainer reports it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from cnncli.layers.constraints import Field
from cnncli.lazy import Labels, NDArray, np
from cnncli.schema.kinds import Kind
from cnncli.schema.number_types import Positive, Share

Scores: TypeAlias = "NDArray[Any]"


class Loss(Kind, ABC):
    """What training minimises."""

    is_of_probabilities: ClassVar[bool] = False
    """Whether it takes the softmax of the scores itself, so that the network may end in one."""

    is_for_rare_classes: ClassVar[bool] = False
    """Whether it is a remedy for classes with few images."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

    @abstractmethod
    def __call__(self, scores: Scores, labels: Labels) -> tuple[float, Scores]:
        """Scores (n, C), labels (n,) -> (sum of the losses, its gradient (n, C))."""


def negative_log_softmax(scores: Scores) -> NDArray[np.float64]:
    """-log p of each class, (n, C), p the softmax of the scores (n, C).

    It is log sum exp(s - max s) - (s - max s): the shift keeps exp from overflowing.
    """
    shifted = np.subtract(scores, scores.max(axis=1, keepdims=True), dtype=np.float64)
    costs: NDArray[np.float64] = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
    return costs


@dataclass(frozen=True, kw_only=True)
class SoftmaxCrossEntropy(Loss):
    """Cross-entropy of the softmax of the scores.

    L = -sum_j t_j log p_j over C classes, with p_j = exp(s_j) / sum_k exp(s_k) and, for the label
    y and the smoothing e, t_j = (1 - e) [j = y] + e/C (Szegedy et al. 2016, "Rethinking the
    Inception Architecture", section 7). Its gradient is dL/ds = p - t.
    """

    is_of_probabilities = True

    name: Literal["softmax"] = "softmax"
    label_smoothing: Annotated[
        Share, Field(description="share of the target spread over all classes")
    ] = 0.0

    def __call__(self, scores: Scores, labels: Labels) -> tuple[float, Scores]:
        at_labels = (np.arange(len(labels)), labels)
        with np.errstate(all="ignore"):
            costs = negative_log_softmax(scores)
            spread = self.label_smoothing / scores.shape[1]
            loss_sum = (1 - self.label_smoothing) * costs[at_labels].sum() + spread * costs.sum()
            dscores = np.exp(-costs)
            dscores -= spread
            dscores[at_labels] -= 1 - self.label_smoothing
            return float(loss_sum), dscores.astype(scores.dtype)


@dataclass(frozen=True, kw_only=True)
class Hinge(Loss):
    """The multiclass hinge loss of Weston and Watkins: sum of max(0, s_j - s_y + margin).

    Every other score should be below the label's by a margin: L is that sum over j != y (1999,
    "Support Vector Machines for Multi-Class Pattern Recognition"). dL/ds_j is 1 where the term is
    above 0, and dL/ds_y is minus the number of these.
    """

    name: Literal["svm"] = "svm"
    margin: Annotated[Positive, Field(description="how far the right score must lead")] = 1.0

    def __call__(self, scores: Scores, labels: Labels) -> tuple[float, Scores]:
        at_labels = (np.arange(len(labels)), labels)
        with np.errstate(all="ignore"):
            terms = np.subtract(scores, scores[at_labels][:, np.newaxis], dtype=np.float64)
            # The label's own difference is 0, or NaN if its score is not finite: that stays.
            terms += self.margin
            terms[at_labels] -= self.margin
            np.maximum(terms, 0, out=terms)
            dscores = (terms > 0).astype(scores.dtype)
            dscores[at_labels] = -dscores.sum(axis=1)
            return float(terms.sum()), dscores
