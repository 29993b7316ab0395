"""Configurations and checkpoints, with their networks written otherwise."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cnncli.config.source_text.dump import dump
from cnncli.config.specification import Specification
from cnncli.datasets.dataset import Dataset
from cnncli.errors import UsageError
from cnncli.geometry import Extent, Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.graph.rewrite.enlarge import ScoreMap, enlarge
from cnncli.graph.rewrite.fc_conv import Change, Conversion, Convert
from cnncli.text import printable
from cnncli.training.storage.arrays import network_shapes
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.resume import SavedRun


class Converted(NamedTuple):
    """A converted network: its configuration with every layer complete, and what was changed."""

    config: str
    graph: Graph
    changes: tuple[Change, ...]


def convert_configuration(
    spec: Specification, graph: Graph, convert: Convert, image: Extent | None
) -> Converted:
    """The specification's network converted, for larger images if `image` is given.

    Such images are not those of the data set, which is then left out. Raises UsageError where
    there is nothing to convert or the image does not fit, ConfigError as `convert` does.
    """
    conversion = convert(spec, graph)
    if image:
        conversion = conversion._replace(spec=replace(conversion.spec, data=None))
    return _rebuild(conversion, image)


def convert_checkpoint(
    saved: SavedRun, convert: Convert, image: Extent | None
) -> tuple[Checkpoint, Converted]:
    """A run's checkpoint with its network converted, for larger images if `image` is given.

    No number changes: each array of weights gets another shape, and the batch statistics and the
    optimizer's vectors stay as they are. The data set is kept as that of the training.
    Raises UsageError as above.
    """
    checkpoint = saved.checkpoint
    converted = _rebuild(convert(saved.spec, saved.graph), image)
    shapes = network_shapes(converted.graph)
    arrays = {
        n: array.reshape(shapes.get(n, array.shape)) for n, array in checkpoint.arrays.items()
    }
    return replace(checkpoint, config=converted.config, arrays=arrays), converted


def _rebuild(conversion: Conversion, image: Extent | None) -> Converted:
    spec, changes = conversion
    if image is None and not any(change.after for change in changes):
        raise UsageError(f"{printable(spec.file)}: there is no layer to convert")
    graph = build(spec, None, None)
    graph.check()
    if image:
        spec, graph = enlarge(spec, graph, image)
    text = dump(spec, [(node.name, node.layer) for node in graph.nodes])
    return Converted(text, graph, changes)


def check_image_size(graph: Graph, dataset: Dataset, path: Path) -> None:
    """Raises UsageError where the checkpoint's network takes larger images than the data set's."""
    _, H, W, D = dataset.test.images.shape
    size = Volume(W, H, D)
    if size != graph.image:
        raise UsageError(
            f"{path}: the network takes images of {graph.image} and gives {ScoreMap.of(graph)}; "
            f"those of {dataset.name} are {size}, with one label each.\n"
            "Judge the checkpoint that it was converted from."
        )
