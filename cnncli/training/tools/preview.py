"""What a run will do, epoch by epoch, and how long it may take, before it does it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnncli.check.batch_statistics import check_statistics
from cnncli.check.check import place_problems
from cnncli.check.rules import check_memory
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.data.batches import Batches
from cnncli.data.channel_stats import ChannelStats
from cnncli.data.outline import Outline, outline
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.datasets.problems import Notify
from cnncli.geometry import Volume
from cnncli.graph.network import Graph
from cnncli.lazy import Images
from cnncli.problems import ConfigError
from cnncli.report.layout.parts import page
from cnncli.report.preview import Epoch, preview_text
from cnncli.report.progress import duration
from cnncli.text import count
from cnncli.training.parameter_groups import ParameterGroups
from cnncli.training.session import engine_for, views_for

from .estimate import FORWARD_SHARE, StepTime, time_step

_TIMED = 128
"""Images of a step that is timed, at most: a larger one takes as much longer as it has more."""
_ENOUGH = 1.0
"""Seconds after which no further step is timed."""


def preview(spec: Specification, graph: Graph, *, download: bool, notify: Notify) -> str:
    """The timetable of a run and an estimate of its time, as text.

    Nothing is read but how many images there are, and nothing is fetched or written: the steps
    that are timed are those of noise. download: a run would fetch a set that is missing. Raises
    DataError and ConfigError as a run does.
    """
    known = _outline(spec, download, notify)
    check_memory(spec, graph, known.train)
    check_statistics(spec, graph, known.train)
    settings = spec.train
    with engine_for(spec, graph) as engine:
        groups = ParameterGroups(graph, settings, engine.parameters.slices)
        train, frozen = _noise(spec, graph, known.train), groups.frozen(0)
        images, total = len(train.batch(0, 0)), settings.epochs * train.steps
        part = replace(train, size=min(-(-images // settings.accumulate), _TIMED)).batch(0, 0)
        some = time_step(lambda: engine.gradients(part, settings.loss, 0, frozen), total, _ENOUGH)
    step = StepTime(*(seconds * images / len(part) for seconds in some))
    test, validation = (-(-n // settings.batch_size) for n in (known.test, known.validation))
    evaluated = test * len(views_for(spec)) + validation * settings.epochs
    seconds = step.seconds * (total + FORWARD_SHARE * evaluated)
    return page(
        preview_text(timetable(settings, train.steps, groups)),
        f"{count(total, 'step')} of {count(images, 'image')}: about {duration(seconds)} on "
        f"{count(engine.threads, 'thread')}{step.remark(engine.threads, spec.file)}",
        apart=True,
    )


def _outline(spec: Specification, download: bool, notify: Notify) -> Outline:
    """How many images the set has; its problems are placed at their lines."""
    assert spec.data is not None, "it was checked that there is a data set"
    try:
        return outline(spec.data, download=download, notify=notify)
    except ConfigError as error:
        raise ConfigError(place_problems(error, spec)) from None


@dataclass(frozen=True)
class Noise:
    """Images (N, H, W, C) of noise, which are made when they are asked for."""

    count: int
    image: Volume

    @property
    def shape(self) -> tuple[int, ...]:
        return self.count, self.image.H, self.image.W, self.image.D

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, places: Any, /) -> Images:
        """At places (n,)."""
        shape = len(places), *self.shape[1:]
        return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    def __array__(self) -> Images:
        return self[range(self.count)]


def _noise(spec: Specification, graph: Graph, images: int) -> Batches:
    """Batches like those of a run on so many images, prepared as they are."""
    settings, data = spec.train, spec.data
    channels = graph.image.D
    stats = ChannelStats((127.5,) * channels, (73.6,) * channels)
    pipeline = Pipeline(
        stats if data is None or data.normalise else None,
        data.augment if data else (),
        settings.seed,
    )
    split = Split(Noise(images, graph.image), np.arange(images) % graph.classes)
    return Batches(
        split, pipeline, settings.batch_size, settings.seed, True, settings.last_batch,
        settings.mixup, data.sampler if data else None,
    )  # fmt: skip


def timetable(settings: TrainSpec, steps: int, groups: ParameterGroups) -> Iterator[Epoch]:
    """Every epoch of a run, of so many steps each."""
    total = settings.epochs * steps
    for epoch in range(settings.epochs):
        at = range(epoch * steps, (epoch + 1) * steps)
        rates = (settings.schedule.rate(settings.optimizer.lr, step, steps, total) for step in at)
        frozen = set.intersection(*(set(groups.frozen(step / steps)) for step in at))
        in_order = (name for name in groups.of_arrays if name in frozen)
        yield Epoch(epoch + 1, at.start + 1, at.stop, tuple(rates), tuple(in_order))
