"""How good a run's network is on a split of the data set that it learned from."""

from dataclasses import replace
from pathlib import Path

from cnncli.data.batches import Batches
from cnncli.data.load import split as split_of
from cnncli.datasets.problems import Notify
from cnncli.engine.engine import Engine
from cnncli.errors import DataError
from cnncli.machine import available_threads
from cnncli.training.evaluate import Evaluation, evaluate
from cnncli.training.session import pipeline_for, views_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.resume import SavedRun, load_images
from cnncli.transforms.views import AS_IT_IS

from .convert import check_image_size


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
    train, data = spec.train, checkpoint.data
    dataset = load_images(spec, download=False, notify=notify, used=data)
    check_image_size(graph, dataset, path)
    batches = Batches(
        split_of(dataset, split), pipeline_for(spec, data), train.batch_size, train.seed,
        shuffle=False,
    )  # fmt: skip
    count = threads or min(train.threads or available_threads(), available_threads())
    algorithms = checkpoint.algorithms
    with Engine(
        graph, threads=count, seed=train.seed, algorithms=algorithms, notify=notify
    ) as engine:
        restore_network(checkpoint, path, engine)
        views = (AS_IT_IS,) if plain else views_for(spec)
        evaluation = evaluate(engine, train.loss, batches, views)
    evaluation.check(split)
    return evaluation
