"""How good a network is on a split."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.data.batches import Batch, Batches
from cnncli.engine.engine import Engine
from cnncli.errors import DivergedError
from cnncli.lazy import Labels
from cnncli.optim.losses import Loss
from cnncli.transforms.views import AS_IT_IS, View

_BEST = 5


class Measures(NamedTuple):
    """How well a class is recognised; None: there is nothing to divide by.

    precision: the share of the images taken for it that are of it. recall: the share of its images
    that were taken for it. f1: the harmonic mean of both, 2 hits / (its images + those taken for
    it).
    """

    precision: float | None
    recall: float | None
    f1: float | None

    @classmethod
    def of(cls, hits: int, images: int, predicted: int) -> "Measures":
        both = images + predicted
        return cls(
            hits / predicted if predicted else None,
            hits / images if images else None,
            2 * hits / both if both else None,
        )


@dataclass(frozen=True)
class Evaluation:
    """Means over all images; `confusion[t, p]` counts images of class t taken for p."""

    images: int
    loss: float
    accuracy: float
    top5: float | None
    """The share of images whose class is among the 5 best scores; None: there are no more."""
    confusion: NDArray[np.int64]
    first_not_finite: str | None = None
    """Where the network's numbers stop being finite, in words, if the loss is not."""

    @property
    def class_accuracy(self) -> list[float | None]:
        """The share of each class's images that were recognised; None without images."""
        totals = self.confusion.sum(axis=1)
        hits = self.confusion.diagonal()
        return [float(h / t) if t else None for h, t in zip(hits, totals, strict=True)]

    @property
    def measures(self) -> list["Measures"]:
        """Of each class."""
        rows = zip(
            self.confusion.diagonal().tolist(),
            self.confusion.sum(axis=1).tolist(),
            self.confusion.sum(axis=0).tolist(),
            strict=True,
        )
        return [Measures.of(*row) for row in rows]

    @property
    def means(self) -> "Measures":
        """Over the classes that have images; one that was never predicted has a precision of 0."""
        found = [each for each in self.measures if each.recall is not None]
        columns = zip(*found, strict=True)
        return Measures(*(sum(value or 0.0 for value in own) / len(found) for own in columns))

    def check(self, split: str) -> None:
        """Raises DivergedError where the loss is not finite: nothing else here means much then."""
        if not math.isfinite(self.loss):
            raise DivergedError(
                f"the loss of the {split} split is {self.loss_in_words}: the network's scores are "
                "not finite.\n"
                "Train it anew with a smaller train.optimizer.lr, or train.clip_norm: 1."
            )

    @property
    def loss_in_words(self) -> str:
        """The loss, and where it comes from if it is not finite."""
        first = self.first_not_finite
        return f"{self.loss}, first in {first}" if first else f"{self.loss}"


def evaluate(
    engine: Engine,
    loss: Loss,
    batches: Batches,
    views: Sequence[View] = (AS_IT_IS,),
    pause: Callable[[], None] = lambda: None,
    see: Callable[[NDArray[Any], Labels], None] | None = None,
) -> Evaluation:
    """One pass over the batches in evaluation mode; the scores are the mean over the views.

    pause: is called before each batch, and ends the evaluation by what it raises. see: is shown the
    scores (n, K) and labels (n,) of each batch. Of several ranks all get what the first has found:
    another kind of processor may round a loss otherwise, and ranks that saw another network as the
    best would go on with that.
    """
    classes = engine.graph.classes
    images, loss_sum, top5, broken = 0, 0.0, 0, None
    confusion = np.zeros((classes, classes), np.int64)
    for step in range(batches.steps):
        pause()
        scores, seen = mean_scores(engine, batches, step, views)
        labels = seen[0].labels
        if see:
            see(scores, labels)
        images += len(labels)
        loss_sum += loss(scores, labels)[0]
        if broken is None and not math.isfinite(loss_sum):
            broken = next(filter(None, map(engine.first_not_finite, seen)), None)
        own = scores[np.arange(len(labels)), labels]
        # what is not finite counts as better than the own score
        better = (~(scores <= own[:, None])).sum(axis=1)
        top5 += int(np.count_nonzero(better < _BEST))
        np.add.at(confusion, (labels, scores.argmax(axis=1)), 1)
    accuracy = float(confusion.trace() / images)
    among_best = top5 / images if classes > _BEST else None
    found = Evaluation(images, loss_sum / images, accuracy, among_best, confusion, broken)
    return engine.world.first(lambda: found)


def mean_scores(
    engine: Engine, batches: Batches, step: int, views: Sequence[View]
) -> tuple[NDArray[Any], list[Batch]]:
    """The class scores (n, K) of a batch, the mean over the views, and the batch in each of them.

    Raises what reading the images raises.
    """
    seen = [batches.batch(0, step, view) for view in views]
    weighted = [v.weight * engine.scores(b) for v, b in zip(views, seen, strict=True)]
    return np.sum(weighted, axis=0), seen
