"""How good a run's network is on a split of the data set that it learned from."""

from dataclasses import replace
from pathlib import Path

from cnncli.data.load import split as split_of
from cnncli.datasets.problems import Notify
from cnncli.errors import DataError
from cnncli.training.evaluate import Evaluation, evaluate
from cnncli.training.storage.resume import SavedRun, load_images
from cnncli.training.tools.convert import check_image_size

from .classifier import Classifier


def judge(
    saved: SavedRun,
    split: str,
    *,
    threads: int | None,
    plain: bool,
    data_root: Path | None,
    notify: Notify,
) -> Evaluation:
    """Everything comes from the checkpoint, but for where the images are now, if that is given.

    plain: images as they are, without data.views. Raises DataError where there is nothing to judge
    it on, or not what it learned from, UsageError where the network takes larger images or the set
    has no such split, DivergedError where the loss is not finite.
    """
    path, checkpoint, spec, graph = saved
    if spec.data is None:
        raise DataError(
            f"{path}: learned from noise in a smoke run; there is nothing to judge it on"
        )
    if data_root:
        spec = replace(spec, data=replace(spec.data, root=data_root))
    dataset = load_images(spec, download=False, notify=notify, used=checkpoint.data)
    check_image_size(graph, dataset, path)
    images = split_of(dataset, split)
    with Classifier.open(saved, threads=threads, plain=plain, notify=notify) as classifier:
        batches = classifier.batches(images)
        evaluation = evaluate(classifier.engine, spec.train.loss, batches, classifier.views)
    evaluation.check(split)
    return evaluation
