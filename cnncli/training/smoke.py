"""The run of build servers: everything a real run does, on a few images in a few seconds."""

from dataclasses import replace

import numpy as np

from cnncli.data.dataset import Dataset, Parts, Split, digest
from cnncli.data.faults import MissingError
from cnncli.data.load import load
from cnncli.errors import CheckpointError
from cnncli.graph.network import Graph
from cnncli.kernels import random
from cnncli.spec.specification import Specification

from .checkpoint import Checkpoint
from .evaluate import Evaluation
from .run import run
from .run_directory import RunDirectory
from .session import Session
from .trainer import Display

IMAGES = 48
BATCH = 8
STEPS = 4


def smoke(
    spec: Specification,
    graph: Graph,
    dataset: Dataset,
    directory: RunDirectory,
    display: Display,
) -> Evaluation:
    """Some steps, validation, a checkpoint, some more steps resumed from it, and evaluation.

    Raises what a real run raises, and CheckpointError where the resumed run has not taken up
    the first one's place.
    """
    small = replace(
        spec, train=replace(spec.train, epochs=1, batch_size=min(BATCH, spec.train.batch_size))
    )
    first = Session.open(small, graph, dataset, directory)
    try:
        steps = min(STEPS, first.total_steps)
        run(first, display, max_steps=steps // 2)
    finally:
        first.close()
    checkpoint = Checkpoint.load(directory.last)
    if checkpoint.progress.step != steps // 2:
        raise CheckpointError(f"{directory.last}: not at step {steps // 2}, where it was saved")
    second = Session.open(small, graph, dataset, directory, checkpoint)
    try:
        return run(second, display)
    finally:
        second.close()


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
            return _cut(whole.name, whole.classes, whole.train, whole.test, whole.stand_in_for)
    return _noise(graph)


def _noise(graph: Graph) -> Dataset:
    W, H, D = graph.image
    pixels = random.integers(random.keys(random.key(0), np.arange(2 * IMAGES)), W * H * D, 256)
    labels = np.arange(2 * IMAGES) % graph.classes
    both = Split(pixels.astype(np.uint8).reshape(-1, H, W, D), labels.astype(np.int64))
    classes = tuple(str(k) for k in range(graph.classes))
    return _cut("noise", classes, both, both, None)


def _cut(
    name: str, classes: tuple[str, ...], train: Split, test: Split, stand_in_for: str | None
) -> Dataset:
    def part(split: Split, first: int, last: int) -> Split:
        return Split(split.images[first:last], split.labels[first:last])

    there = len(train.labels)
    taken = min(IMAGES, (there + 1) // 2)
    parts = Parts(classes, part(train, 0, taken), part(test, 0, IMAGES))
    validation = part(train, there - taken, there)
    return Dataset(name, classes, parts.train, validation, parts.test, digest(parts), stand_in_for)
