"""Which images a network takes, and how they are read for it."""

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import reading
from cnncli.datasets.base import Reading
from cnncli.datasets.dataset import Stored
from cnncli.datasets.problems import problem
from cnncli.errors import DataError, UsageError
from cnncli.geometry import Volume
from cnncli.graph.rewrite.enlarge import ScoreMap
from cnncli.training.storage.checkpoint import IMPORTED, NOISE, is_of_files
from cnncli.training.storage.resume import SavedRun


def training_set(saved: SavedRun) -> DataSpec:
    """The section of the set that the network learned from. Raises DataError for noise.

    Of another program's network, which is not known: a folder of images.
    """
    if saved.checkpoint.data.name == IMPORTED:
        return saved.spec.data or DataSpec(name="folder")
    if saved.spec.data is None or saved.checkpoint.data.name == NOISE:
        raise DataError(
            f"{saved.path}: learned from noise in a smoke run; there is nothing to judge it on"
        )
    return saved.spec.data


def check_scores(saved: SavedRun) -> None:
    """Raises UsageError where the network gives no scores for an image, but a map of them."""
    scores = ScoreMap.of(saved.graph)
    if scores.places != (1, 1):
        raise UsageError(
            f"{saved.path}: the network gives {scores}, no class for an image.\n"
            "Use the checkpoint that it was converted from."
        )


def reading_of(saved: SavedRun, spec: DataSpec | None = None) -> Reading:
    """How images are read: as in training, and scaled to the network's INPUT.

    spec: of another set, whose own columns and layout are taken.
    """
    data = training_set(saved)
    how = reading(data)
    if spec:
        own = reading(spec)
        how = own._replace(resize=how.resize, background=how.background)
    if not data.size and not is_of_files(data.name):
        # a figure of few pixels is sharp again when it is shrunk by the mean
        how = how._replace(shrink="mean")
    return how._replace(size=saved.graph.image)


def check_size(where: str, images: Stored, size: Volume) -> None:
    """Raises DataError where images of arrays have another size than the network takes."""
    _, height, width, channels = images.shape
    if (width, height, channels) != size:
        found = f"{width}x{height}x{channels}"
        remedy = "write them in that size, or as image files, which are scaled"
        raise problem(where, f"images of {size}", found, remedy)
