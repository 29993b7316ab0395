"""The run of build servers: everything a real run does, on a few images in a few seconds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnncli.check.batch_statistics import lone_numbers
from cnncli.config.specification import Specification
from cnncli.data.load import load
from cnncli.datasets.dataset import Dataset, Parts, Split, digest
from cnncli.datasets.problems import MissingError
from cnncli.datasets.sets import data_sets
from cnncli.errors import CheckpointError
from cnncli.files import temporary_folder
from cnncli.graph.network import Graph
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.training.evaluate import Evaluation
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.storage.checkpoint import NOISE
from cnncli.training.storage.directory import RunDirectory, create
from cnncli.training.storage.ranks_directory import for_all_ranks
from cnncli.training.storage.resume import open_start, resume_run
from cnncli.training.trainer import Display
from cnncli.training.transfer import Transfer

from .launch import Result

IMAGES = 48
STEPS = 6
MACS = 40 * 10**9
"""Multiply-adds for one pass over the images: fewer images do for a large network."""


def smoke_run(spec: Specification, graph: Graph, out: Path | None, display: Display) -> Result:
    """The smoke run, in a directory that is thrown away unless `out` names one."""
    start = open_start(spec, graph)
    dataset = few_images(spec, graph)
    with _directory(out, spec.name) as directory:
        evaluation = smoke(spec, graph, dataset, directory, display, start)
    asked = f", the stand-in for {dataset.stand_in_for}" if dataset.stand_in_for else ""
    found = Result.of(f"a few images of {dataset.name}{asked}", evaluation)
    return found._replace(text=f"smoke run of {spec.name}: {found.text}")


@contextmanager
def _directory(out: Path | None, name: str) -> Iterator[RunDirectory]:
    if out is None:
        with temporary_folder() as folder:
            yield for_all_ranks(lambda: RunDirectory(folder, stays=False))
        return
    directory = for_all_ranks(lambda: create(out, name))
    with directory.lock(is_new=True):
        yield directory


def smoke(
    spec: Specification,
    graph: Graph,
    dataset: Dataset,
    directory: RunDirectory,
    display: Display,
    start: Transfer | None = None,
) -> Evaluation:
    """Some steps, validation, a checkpoint, some more steps resumed from it, and evaluation.

    Raises what a real run raises, and CheckpointError where the resumed run has not taken up
    the first one's place.
    """
    batch_size = max(1, len(dataset.train.labels) // STEPS)
    train = replace(spec.train, epochs=1, batch_size=batch_size)
    if lone_numbers(train, graph, len(dataset.train.labels)):  # as a real run's may not be
        train = replace(train, batch_size=max(2, batch_size), accumulate=1, last_batch="drop")
    small = replace(spec, train=train)
    with closing(Session.open(small, graph, dataset, directory, start=start)) as first:
        half = max(1, first.total_steps // 2)
        run(first, display, max_steps=half)
    resumed = resume_run(small, graph, directory, display.warn)
    if resumed is None or resumed[0].checkpoint.progress.step != half:
        raise CheckpointError(f"{directory.last}: not at step {half}, where it was saved")
    checkpoint = resumed[0].checkpoint
    with closing(Session.open(small, graph, dataset, directory, checkpoint)) as second:
        return run(second, display)


def few_images(spec: Specification, graph: Graph) -> Dataset:
    """The first images of the set or its stand-in, else drawn noise of the INPUT's size.

    Raises DataError where the set is there, and damaged.
    """
    if spec.data:
        data = replace(spec.data, validation=0, limit=None)
        try:
            whole = load(data, download=False, notify=lambda message: None)
        except MissingError:
            pass
        else:
            parts = Parts(whole.classes, whole.train, whole.test)
            return _take_first(whole.name, parts, whole.stand_in_for, graph)
    return _take_first(NOISE, _noise(spec, graph), None, graph)


def _noise(spec: Specification, graph: Graph) -> Parts:
    """With the names of the set's classes, as train.class_weights may name them."""
    described = data_sets()[spec.data.name].description if spec.data else None
    names = described.classes if described else tuple(str(k) for k in range(graph.classes))
    W, H, D = graph.image
    pixels = random_streams.integers(
        random_streams.keys(random_streams.key(Stream.SMOKE_IMAGES), np.arange(2 * IMAGES)),
        W * H * D,
        256,
    )
    labels = np.arange(2 * IMAGES) % graph.classes
    both = Split(pixels.astype(np.uint8).reshape(-1, H, W, D), labels.astype(np.int64))
    return Parts(names, both, both)


def _take_first(name: str, whole: Parts, stand_in_for: str | None, graph: Graph) -> Dataset:
    """As many images as the network's cost allows, and as there are."""
    macs = sum(node.cost.macs for node in graph.nodes)
    count = max(STEPS, min(IMAGES, MACS // max(macs, 1)))
    there = len(whole.train.labels)
    taken = min(count, (there + 1) // 2)
    assert whole.test is not None
    train, test = whole.train.part(slice(taken)), whole.test.part(slice(count))
    parts = Parts(whole.classes, train, test)
    held = whole.train.part(slice(there - taken, there))
    return Dataset(name, whole.classes, train, held, test, digest(parts), stand_in_for)
