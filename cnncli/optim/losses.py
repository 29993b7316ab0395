"""Losses of class scores, summed over images, with their gradients.

Both are computed in float64, whatever the scores are. Scores that are not finite give a loss
that is not finite, without a warning: the trainer reports it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.config.train import LossSpec, Svm
from cnncli.engine.batch import Loss


def make_loss(spec: LossSpec) -> Loss:
    """The loss that a `train.loss` section describes."""
    if isinstance(spec, Svm):
        return Hinge(spec.margin)
    return SoftmaxCrossEntropy(spec.label_smoothing)


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """Cross-entropy of the softmax p of the scores s and a target t over C classes.

    L = -sum_j t_j log p_j, with p_j = exp(s_j) / sum_k exp(s_k) and, for the label y and the
    smoothing e, t_j = (1 - e) [j = y] + e/C (Szegedy et al. 2016, "Rethinking the Inception
    Architecture", section 7). Its gradient is dL/ds = p - t.
    """

    label_smoothing: float = 0.0

    def __call__(
        self, scores: NDArray[Any], labels: NDArray[np.int64]
    ) -> tuple[float, NDArray[Any]]:
        """Scores (n, C), labels (n,) -> (sum of the losses, its gradient (n, C))."""
        at_labels = (np.arange(len(labels)), labels)
        with np.errstate(all="ignore"):
            # -log p = log sum exp(s - max s) - (s - max s): the shift keeps exp from overflowing
            shifted = np.subtract(scores, scores.max(axis=1, keepdims=True), dtype=np.float64)
            costs = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
            spread = self.label_smoothing / scores.shape[1]
            loss_sum = (1 - self.label_smoothing) * costs[at_labels].sum() + spread * costs.sum()
            dscores = np.exp(-costs)
            dscores -= spread
            dscores[at_labels] -= 1 - self.label_smoothing
            return float(loss_sum), dscores.astype(scores.dtype)


@dataclass(frozen=True)
class Hinge:
    """The multiclass hinge loss: every other score should be below the label's by a margin.

    L = sum over j != y of max(0, s_j - s_y + margin) (Weston and Watkins 1999, "Support Vector
    Machines for Multi-Class Pattern Recognition"). dL/ds_j is 1 where the term is above 0, and
    dL/ds_y is minus the number of these.
    """

    margin: float = 1.0

    def __call__(
        self, scores: NDArray[Any], labels: NDArray[np.int64]
    ) -> tuple[float, NDArray[Any]]:
        """Scores (n, C), labels (n,) -> (sum of the losses, its gradient (n, C))."""
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
