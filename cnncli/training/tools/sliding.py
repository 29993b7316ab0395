"""Class scores at every place of larger images, in one pass."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnncli.datasets.dataset import Dataset
from cnncli.engine.batch import Batch
from cnncli.engine.engine import Engine
from cnncli.errors import UsageError
from cnncli.graph.network import Graph
from cnncli.graph.rewrite.enlarge import ScoreMap
from cnncli.layers.fields import Volume


def score_maps(engine: Engine, batch: Batch) -> NDArray[Any]:
    """Class scores (n, H2, W2, classes) of a batch of images as large as the network's INPUT."""
    (W, H), classes, _ = ScoreMap.of(engine.graph)
    return engine.scores(batch).reshape(len(batch), H, W, classes)


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
