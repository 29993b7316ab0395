"""Batches from which BATCHNORM would get a single number for each channel."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.graph.network import Graph, Node
from cnncli.layers.normalization import BatchNorm
from cnncli.problems import ConfigError, Problem
from cnncli.text import count, join_words


def check_statistics(spec: Specification, graph: Graph, images: int) -> None:
    """Raises ConfigError where some batch of an epoch gives a layer a variance of one number.

    images: of the training set. It is 0 then, and the layer's output the same for any image.
    """
    node = lone_numbers(spec.train, graph, images)
    if node is None:
        return
    key, what = _cause(spec.train, images)
    remedies = list(_remedies(spec.train, graph, images))
    remedy = (
        f"Write {join_words(remedies, 'or')}."
        if remedies
        else "Use LAYERNORM in its place, or train on more images."
    )
    message = (
        f"{node.layer.kind} '{node.name}' on 1x1 maps takes mean and variance over the images of "
        f"a batch, and {what} has a single one: it would give the same for every image.\n{remedy}"
    )
    raise ConfigError([Problem(spec.place("train", key), f"train.{key}", message)])


def lone_numbers(train: TrainSpec, graph: Graph, images: int) -> Node | None:
    """The first BATCHNORM on 1x1 maps, where some batch, or part of it, is one image."""
    if _smallest_part(train, images) > 1:
        return None
    norms = (node for node in graph.nodes if isinstance(node.layer, BatchNorm))
    return next((node for node in norms if node.in_shapes[0][:2] == (1, 1)), None)


def _batches(train: TrainSpec, images: int) -> tuple[int, int]:
    """Images of a whole batch, and of the last one of an epoch."""
    size = train.batch_size
    if train.last_batch == "wrap":
        return size, size
    whole = min(size, images)
    return whole, (images % size or whole) if train.last_batch == "short" else whole


def _smallest_part(train: TrainSpec, images: int) -> int:
    """Images of the smallest part that is computed at a time; a batch is cut evenly."""
    return min(batch // min(train.accumulate, batch) for batch in _batches(train, images))


def _cause(train: TrainSpec, images: int) -> tuple[str, str]:
    """The key that is to blame, and what has a single image."""
    whole, last = _batches(train, images)
    if whole == 1:
        return "batch_size", "every batch"
    if last == 1:
        cut = f"{count(images, 'training image')} in batches of {train.batch_size:,}"
        return "batch_size", f"the last batch of an epoch ({cut})"
    batch = min(whole, last)
    return "accumulate", f"a part of a batch ({batch:,} images in {min(train.accumulate, batch):,})"


def _remedies(train: TrainSpec, graph: Graph, images: int) -> Iterator[str]:
    """Changes of one key that help."""
    least = max(train.batch_size + 1, 2 * train.accumulate)
    changes: list[tuple[str, list[Any]]] = [
        ("last_batch", ["drop"]),
        ("batch_size", [least, least + 1, least + 2]),
        ("accumulate", [max(min(_batches(train, images)) // 2, 1)]),
    ]
    for key, values in changes:
        for value in values:
            change: dict[str, Any] = {key: value}
            if lone_numbers(replace(train, **change), graph, images) is None:
                yield f"train.{key}: {value}"
                break
