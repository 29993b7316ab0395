"""Everything that one run works with, built from its specification and its data."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cnncli.check.rules import check_memory
from cnncli.config.load import load_text
from cnncli.config.source_text.dump import dump
from cnncli.config.specification import Specification
from cnncli.data.batches import Batches
from cnncli.data.catalogue import data_root
from cnncli.data.channel_stats import ChannelStats, channel_stats
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Dataset
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.optim.averages import AverageState
from cnncli.optim.base import OptimizerState
from cnncli.optim.losses import Loss
from cnncli.problems import ConfigError, Problem
from cnncli.training.storage.arrays import averaged_vectors, restore, run_arrays
from cnncli.training.storage.checkpoint import Checkpoint, DataUsed
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.safetensors_file import Arrays
from cnncli.transforms.views import View, all_views

from .gradients import Accumulation
from .parameter_groups import ParameterGroups
from .state import Progress
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
    train: Batches
    validation: Batches | None
    test: Batches
    directory: RunDirectory
    progress: Progress

    @classmethod
    def open(
        cls,
        spec: Specification,
        graph: Graph,
        dataset: Dataset,
        directory: RunDirectory,
        checkpoint: Checkpoint | None = None,
    ) -> "Session":
        """A run at its beginning, or where the checkpoint left it.

        Raises CheckpointError where the checkpoint is another network's, ConfigError where the
        machine has too little memory, or the network more layers than a run can record.
        """
        check_memory(spec, graph, len(dataset.train.labels))
        config = _record_configuration(spec, graph)
        data = checkpoint.data if checkpoint else data_used(spec, dataset)
        settings = spec.train
        threads = settings.threads or available_threads()
        share = -(-settings.batch_size // (settings.accumulate * threads))
        algorithms = checkpoint.algorithms if checkpoint else choose(graph, settings.kernels, share)
        engine = Engine(graph, threads=threads, seed=settings.seed, algorithms=algorithms)
        optimizer = OptimizerState(settings.optimizer, engine.parameters.vector.size)
        pipeline = pipeline_for(spec, data)
        if not checkpoint:
            whiten(engine, dataset.train, pipeline)
        average = AverageState(settings.average, averaged_vectors(engine), engine.parallel)
        if checkpoint:
            restore(checkpoint, directory.last, run_arrays(engine, optimizer, average))

        size, seed = settings.batch_size, settings.seed
        plain = partial(Batches, pipeline=pipeline, size=size, seed=seed, shuffle=False)
        last, mixup = settings.last_batch, settings.mixup
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
            train=Batches(dataset.train, pipeline, size, seed, True, last, mixup),
            validation=plain(dataset.validation) if dataset.validation else None,
            test=plain(dataset.test),
            directory=directory,
            progress=checkpoint.progress if checkpoint else Progress(),
        )

    @property
    def total_steps(self) -> int:
        return self.spec.train.epochs * self.train.steps

    def arrays(self) -> Arrays:
        return run_arrays(self.engine, self.optimizer, self.average)

    def checkpoint(self) -> Checkpoint:
        """The run as it stands; the arrays go on changing with it."""
        algorithms = self.engine.algorithms
        return Checkpoint(self.config, self.data, self.progress, self.arrays(), algorithms)

    def close(self) -> None:
        self.engine.close()


def data_used(spec: Specification, dataset: Dataset) -> DataUsed:
    """What a checkpoint keeps of the data set."""
    normalise = spec.data is None or spec.data.normalise
    stats = channel_stats(dataset.train) if normalise else None
    return DataUsed(
        name=dataset.name,
        digest=dataset.digest,
        stand_in_for=dataset.stand_in_for,
        classes=dataset.classes,
        mean=stats.mean if stats else None,
        std=stats.std if stats else None,
        damaged=len(dataset.damaged),
    )


def pipeline_for(spec: Specification, data: DataUsed) -> Pipeline:
    """How images are prepared for this run."""
    stats = ChannelStats(data.mean, data.std) if data.mean and data.std else None
    return Pipeline(stats, spec.data.augment if spec.data else (), spec.train.seed)


def views_for(spec: Specification) -> tuple[View, ...]:
    """How the final evaluation looks at an image."""
    return all_views(spec.data.views if spec.data else ())


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
        spec = replace(spec, data=replace(spec.data, root=data_root(spec.data.root).resolve()))
    return dump(spec, [(node.name, node.layer) for node in graph.nodes])
