"""How good a network is on a split."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnncli.data.batches import Batches
from cnncli.engine.engine import Engine, Loss


@dataclass(frozen=True)
class Evaluation:
    """Means over all images; `confusion[t, p]` counts images of class t taken for p."""

    images: int
    loss: float
    accuracy: float
    top5: float
    confusion: NDArray[np.int64]

    @property
    def class_accuracy(self) -> list[float | None]:
        """The share of each class's images that were recognised; None without images."""
        totals = self.confusion.sum(axis=1)
        hits = self.confusion.diagonal()
        return [float(h / t) if t else None for h, t in zip(hits, totals, strict=True)]


def evaluate(engine: Engine, loss: Loss, batches: Batches) -> Evaluation:
    """One pass over the batches in evaluation mode."""
    classes = engine.graph.classes
    images, loss_sum, top5 = 0, 0.0, 0
    confusion = np.zeros((classes, classes), np.int64)
    for step in range(batches.steps):
        batch = batches.batch(0, step)
        scores, labels = engine.scores(batch), batch.labels
        images += len(batch)
        loss_sum += loss(scores, labels)[0]
        own = scores[np.arange(len(labels)), labels]
        # what is not finite counts as better than the own score
        better = (~(scores <= own[:, None])).sum(axis=1)
        top5 += int(np.count_nonzero(better < 5))
        np.add.at(confusion, (labels, scores.argmax(axis=1)), 1)
    accuracy = float(confusion.trace() / images)
    return Evaluation(images, loss_sum / images, accuracy, top5 / images, confusion)
