"""How good a trained network is on labelled images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnncli.datasets.problems import Notify
from cnncli.engine.parallel.world import here, together
from cnncli.lazy import Labels
from cnncli.optim.losses import Loss
from cnncli.report.predictions import Answer
from cnncli.training.evaluate import Evaluation, evaluate
from cnncli.training.storage.resume import SavedRun
from cnncli.training.tools.alike import check_images

from .classifier import Classifier, probabilities
from .labelled_images import Judged, labelled_images


@dataclass(frozen=True)
class Judgement:
    """What was judged, how good the network is on it, and its answers, if they were asked for."""

    judged: Judged
    evaluation: Evaluation
    answers: tuple[Answer, ...] = ()


def judge(
    saved: SavedRun,
    split: str,
    *,
    data: Path | None = None,
    threads: int | None = None,
    plain: bool = False,
    keeps_answers: bool = False,
    notify: Notify,
) -> Judgement:
    """Everything comes from the checkpoint, and the images from its set or the one at `data`.

    data: as `labelled_images` takes it. plain: images as they are, without data.views. notify:
    takes what is to be known. Ranks that judge it together all find the same. Raises DataError
    where there is nothing to judge it on, UsageError where the network takes larger images or the
    set has no such split, DivergedError where the loss is not finite.
    """
    world = here()
    judged = together(world, lambda: labelled_images(saved, split, data, notify))
    check_images(world, judged.name, judged.split)
    loss, files = saved.spec.train.loss, judged.split.files
    answers = Answers(saved.checkpoint.data.classes, files, loss) if keeps_answers else None
    with Classifier.open(
        saved, threads=threads, plain=plain, notify=notify, world=world
    ) as classifier:
        batches = classifier.batches(judged.split)
        see = answers.see if answers else None
        evaluation = evaluate(classifier.engine, loss, batches, classifier.views, see=see)
    remarks = {k: text for of_rank in world.gather(judged.remarks) for k, text in of_rank.items()}
    for remark in remarks.values():
        notify(remark)
    evaluation.check(split)
    return Judgement(judged, evaluation, tuple(answers.found) if answers else ())


class Answers:
    """Keeps what the network says of each image, in their order."""

    def __init__(self, classes: Sequence[str], files: Sequence[Path] | None, loss: Loss) -> None:
        """files: of the images; None: they are called by their places."""
        self.found: list[Answer] = []
        self._classes, self._files, self._loss = classes, files, loss

    def see(self, scores: NDArray[Any], labels: Labels) -> None:
        """Adds those of a batch, with class scores (n, K) and labels (n,)."""
        best, shares = scores.argmax(axis=1).tolist(), probabilities(scores)
        for i, (true, predicted) in enumerate(zip(labels.tolist(), best, strict=True)):
            place = len(self.found)
            name = str(self._files[place]) if self._files else str(place)
            loss, _ = self._loss(scores[i : i + 1], labels[i : i + 1])
            share = float(shares[i, predicted])
            answer = Answer(name, self._classes[true], self._classes[predicted], share, loss)
            self.found.append(answer)
