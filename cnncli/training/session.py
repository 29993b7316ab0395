"""Everything that one run works with, built from its specification and its data."""

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnncli.check.batch_statistics import check_statistics
from cnncli.check.class_balance import class_weight_problems
from cnncli.check.rules import check_memory, metric_problems
from cnncli.config.data import DataSpec
from cnncli.config.load import load_text
from cnncli.config.source_text.dump import dump
from cnncli.config.specification import Specification
from cnncli.data.batches import Batches
from cnncli.data.catalogue import data_root
from cnncli.data.channel_stats import ChannelStats, as_pixels, channel_stats
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Dataset
from cnncli.datasets.problems import Notify
from cnncli.datasets.sets import data_sets
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.parallel.world import ALONE, World, here
from cnncli.engine.probes.measured_choice import choose_for
from cnncli.errors import CheckpointError
from cnncli.graph.network import Graph
from cnncli.lazy import Labels
from cnncli.machine import available_threads
from cnncli.optim.averages import AverageState
from cnncli.optim.base import OptimizerState
from cnncli.optim.class_weights import Weighted, weights_of
from cnncli.optim.losses import Loss
from cnncli.problems import ConfigError, Problem, check_problems
from cnncli.report.progress import Progress as Display
from cnncli.text import count, join_words
from cnncli.training.storage.arrays import averaged_vectors, restore, run_arrays
from cnncli.training.storage.checkpoint import REMEDY, Checkpoint, DataUsed
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.safetensors_file import Arrays
from cnncli.transforms.views import View, all_views

from .gradients import Accumulation
from .parameter_groups import ParameterGroups
from .state import Best, Progress
from .transfer import Transfer
from .whitening import whiten


@dataclass
class Session:
    """A run in memory. Closing it ends the engine's threads."""

    spec: Specification
    config: str
    data: DataUsed
    engine: Engine
    optimizer: OptimizerState
    accumulation: Accumulation
    groups: ParameterGroups
    average: AverageState
    loss: Loss
    class_weights: NDArray[np.float64] | None
    train: Batches
    validation: Batches | None
    test: Batches
    directory: RunDirectory
    progress: Progress
    start: str | None = None
    """SHA-256 of the file that the run began with, if it began with one."""

    @classmethod
    def open(
        cls,
        spec: Specification,
        graph: Graph,
        dataset: Dataset,
        directory: RunDirectory,
        checkpoint: Checkpoint | None = None,
        notify: Notify | None = None,
        start: Transfer | None = None,
    ) -> "Session":
        """A run at its beginning, or where the checkpoint left it.

        start: what a run at its beginning takes over.
        notify: takes what the user must know of the machine; None: it goes to standard error.
        Raises CheckpointError where the checkpoint is another network's, ConfigError where the
        machine has too little memory, the network more layers than a run can record, some batch
        no two numbers for a BATCHNORM, or a metric of images held out is asked for without them.
        """
        check_problems(metric_problems(spec, dataset.validation is not None))
        check_memory(spec, graph, len(dataset.train.labels))
        if not checkpoint:  # a run that has begun goes on as it did
            check_statistics(spec, graph, len(dataset.train.labels))
        world = here()
        config = world.first(lambda: _record_configuration(spec, graph))
        data = (
            checkpoint.data if checkpoint else world.first(lambda: data_used(spec, dataset, start))
        )
        settings = spec.train
        engine = engine_for(spec, graph, checkpoint, notify, world)
        optimizer = OptimizerState(settings.optimizer, engine.parameters.vector.size)
        pipeline = pipeline_for(spec, data)
        if not checkpoint:
            whiten(engine, dataset.train, pipeline)
            if start:  # filters that are taken over are not whitened for these images
                start.put_into(engine)
            world.equalise((engine.parameters.vector, engine.state.vector))
        average = AverageState(settings.average, averaged_vectors(engine), engine.parallel)
        if checkpoint:
            restore(checkpoint, directory.last, run_arrays(engine, optimizer, average))

        size, seed = settings.batch_size, settings.seed
        plain = partial(Batches, pipeline=pipeline, size=size, seed=seed, shuffle=False)
        last, mixup = settings.last_batch, settings.mixup
        sampler = spec.data.sampler if spec.data else None
        train = Batches(dataset.train, pipeline, size, seed, True, last, mixup, sampler)
        if checkpoint:
            check_progress(checkpoint.progress, train, directory.last)
        best = settings.best_metric if dataset.validation else None
        return cls(
            spec=spec,
            config=config,
            data=data,
            engine=engine,
            optimizer=optimizer,
            accumulation=Accumulation(engine, settings.accumulate),
            groups=ParameterGroups(graph, settings, engine.parameters.slices),
            average=average,
            loss=settings.loss,
            class_weights=_class_weights(spec, dataset),
            train=train,
            validation=plain(dataset.validation) if dataset.validation else None,
            test=plain(dataset.test),
            directory=directory,
            progress=checkpoint.progress if checkpoint else Progress(best=Best(best)),
            start=checkpoint.start if checkpoint else start.sha256 if start else None,
        )

    @property
    def total_steps(self) -> int:
        return self.spec.train.epochs * self.train.steps

    def loss_of(self, labels: Labels) -> Loss:
        """What a training step on images of these classes minimises."""
        weights = self.class_weights
        return self.loss if weights is None else Weighted.of_batch(self.loss, weights, labels)

    def arrays(self) -> Arrays:
        return run_arrays(self.engine, self.optimizer, self.average)

    def checkpoint(self) -> Checkpoint:
        """The run as it stands; the arrays go on changing with it."""
        engine = self.engine
        return Checkpoint(
            self.config, self.data, self.progress, self.arrays(), engine.algorithms, engine.profile,
            self.start,
        )  # fmt: skip

    def close(self) -> None:
        self.engine.close()


def engine_for(
    spec: Specification,
    graph: Graph,
    checkpoint: Checkpoint | None = None,
    notify: Notify | None = None,
    world: World = ALONE,
) -> Engine:
    """What computes the network, as the run of the checkpoint; else what is best here is chosen."""
    settings = spec.train
    threads = settings.threads or available_threads()
    notify = notify or Display(bar=False).warn
    if checkpoint:
        algorithms, profile = checkpoint.algorithms, checkpoint.profile
    else:
        profile = world.first(machine_profile)
        images = -(-settings.batch_size // (settings.accumulate * world.size))
        choice = partial(choose_for, graph, settings.kernels, images, threads, profile)
        algorithms = world.first(lambda: choice(settings.loss, notify))
    return Engine(
        graph,
        threads=threads,
        seed=settings.seed,
        algorithms=algorithms,
        profile=profile,
        world=world,
        notify=notify,
    )


def check_progress(progress: Progress, train: Batches, path: Path) -> None:
    """Raises CheckpointError where the sums are not those of the steps of their epoch."""
    place, images = progress.step % train.steps, progress.sums.images
    expected = [train.images_until(place or train.steps)]
    if place == 0:  # what is due at the epoch's end is done, or not
        expected = [0, *expected] if progress.step else [0]
    if images not in expected:
        raise CheckpointError(
            f"{path}: the header is damaged: progress.sums.images: after step {progress.step:,} of "
            f"epochs of {count(train.steps, 'step')} there should be "
            f"{join_words(map(str, expected), 'or')}, not {images:,}; {REMEDY}"
        )


def data_used(spec: Specification, dataset: Dataset, start: Transfer | None = None) -> DataUsed:
    """What a checkpoint keeps of the data set, normalised as that of the start if it may be.

    Layers that are taken over learned from such images, and so did running statistics.
    """
    normalise = spec.data is None or spec.data.normalise
    is_from_start = start and spec.train.start and spec.train.start.normalise == "start"
    usual = start.stats(dataset) if start and is_from_start else None
    stats = _stats(spec.data, dataset, usual) if normalise else None
    return DataUsed(
        name=dataset.name,
        digest=dataset.digest,
        stand_in_for=dataset.stand_in_for,
        classes=dataset.classes,
        mean=stats.mean if stats else None,
        std=stats.std if stats else None,
        draw=dataset.draw,
        test_draw=dataset.test_draw,
        damaged=len(dataset.damaged),
        tones=dataset.tones,
    )


def _stats(section: DataSpec | None, dataset: Dataset, usual: ChannelStats | None) -> ChannelStats:
    """By which images are normalised: what the section says, else the usual.

    usual: None: what the training set has.
    """
    mean, std = (section.mean, section.std) if section else (None, None)
    channels = dataset.train.images.shape[3]
    given = [as_pixels(values, channels) if values else None for values in (mean, std)]
    own = usual or (ChannelStats((), ()) if all(given) else channel_stats(dataset.train))
    return ChannelStats(given[0] or own.mean, given[1] or own.std)


def pipeline_for(spec: Specification, data: DataUsed) -> Pipeline:
    """How images are prepared for this run."""
    stats = ChannelStats(data.mean, data.std) if data.mean and data.std else None
    return Pipeline(stats, spec.data.augment if spec.data else (), spec.train.seed)


def views_for(spec: Specification) -> tuple[View, ...]:
    """How the final evaluation looks at an image."""
    return all_views(spec.data.views if spec.data else ())


def _class_weights(spec: Specification, dataset: Dataset) -> NDArray[np.float64] | None:
    """The weight of each class, named as in the set that the configuration names.

    Raises ConfigError where the names are not those of its classes.
    """
    if spec.train.class_weights is None:
        return None
    described = data_sets()[dataset.stand_in_for].description if dataset.stand_in_for else None
    names = described.classes if described else dataset.classes
    check_problems(class_weight_problems(spec, names))
    return weights_of(spec.train.class_weights, names, dataset.train.labels)


def _record_configuration(spec: Specification, graph: Graph) -> str:
    """The complete configuration; a run that is resumed must be able to read it."""
    text = complete_configuration(spec, graph)
    try:
        load_text(text, Path(spec.name))
    except ConfigError as error:
        message = (
            "written out with every hyperparameter, as a run records it, the network is too "
            f"large to be read again: {error.problems[0].message}.\nTrain one of fewer layers."
        )
        place = spec.place("architecture")
        raise ConfigError([Problem(place, "architecture", message)]) from None
    return text


def complete_configuration(spec: Specification, graph: Graph) -> str:
    """The complete configuration as text, with an absolute data.root and the threads of here."""
    threads = spec.train.threads or available_threads()
    spec = replace(spec, train=replace(spec.train, threads=threads))
    if spec.data:
        spec = replace(
            spec, data=replace(spec.data, root=Path(os.path.realpath(data_root(spec.data))))
        )
    return dump(spec, [(node.name, node.layer) for node in graph.nodes])
