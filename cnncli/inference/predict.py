"""The classes of images that nobody has labelled."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.data.catalogue import reading
from cnncli.datasets.base import Reading
from cnncli.datasets.dataset import Stored
from cnncli.datasets.formats.images import FORMATS, DamagedFile, FolderImages, decode
from cnncli.datasets.formats.npz.npz_archive import images_alone
from cnncli.datasets.problems import Notify, problem
from cnncli.datasets.sets import data_sets
from cnncli.errors import DataError, DivergedError, UsageError
from cnncli.graph.rewrite.enlarge import ScoreMap
from cnncli.lazy import Images
from cnncli.training.storage.checkpoint import white_of
from cnncli.training.storage.resume import SavedRun

from .classifier import Classifier, probabilities
from .ground import Brought, other_ground, some
from .image_paths import ARCHIVE

_LOOKED_AT = 8
"""Files of a batch whose ground is looked at, which takes reading them once more."""


class Prediction(NamedTuple):
    """An image by its name, and how probable each class is (K,): all of them sum to 1."""

    name: str
    probabilities: NDArray[np.float64]

    def best(self, classes: Sequence[str], most: int) -> list[tuple[str, float]]:
        """The most probable classes with their probabilities, the first of equal ones before."""
        places = (-self.probabilities).argsort(kind="stable")[:most]
        return [(classes[k], float(self.probabilities[k])) for k in places]


class Predictor:
    """Predicts classes with a trained network; keeps what was said once."""

    def __init__(
        self, classifier: Classifier, report: Callable[[DataError], None], notify: Notify
    ) -> None:
        """report: takes what cannot be read, while the others go on. notify: what is to be known.

        Raises UsageError where the network gives no scores for an image but a map of them.
        """
        check_scores(classifier.saved)
        self._classifier, self._report, self._notify = classifier, report, notify
        self._data = classifier.saved.checkpoint.data
        self._reading = reading_of(classifier.saved)
        self._white = white_of(self._data.name, self._data.tones)
        self._said: set[str] = set()

    def predict(self, files: Iterable[Path | DataError]) -> Iterator[Prediction]:
        """Of each image one, in their order; those of a batch are read at a time."""
        waiting: list[Path] = []
        for file in files:
            if isinstance(file, DataError):
                self._report(file)
            elif file.suffix.lower() == ARCHIVE:
                yield from self._of_files(waiting)
                waiting = []
                yield from self._of_archive(file)
            elif file.suffix.lower() in FORMATS:
                waiting.append(file)
                if len(waiting) == self._classifier.batch_size:
                    yield from self._of_files(waiting)
                    waiting = []
            else:
                self._report(_no_image(file))
        yield from self._of_files(waiting)

    def read(self, file: Path) -> Images:
        """An image (H, W, C) as the network takes it. Raises DataError for what is none."""
        self._look_at([file])
        image = decode(file, self._reading)
        whole: Images = np.asarray(self._brought(image[np.newaxis]))[0]
        return whole

    def _of_files(self, files: list[Path]) -> Iterator[Prediction]:
        if files:
            self._look_at(files)
        while files:
            images = FolderImages(files, self._classifier.volume, self._reading, files[0], {})
            try:
                scores = self._classifier.scores(self._brought(images))
            except DamagedFile:
                files = [file for file in files if self._is_readable(file)]
            else:
                yield from map(Prediction, map(str, files), self._probabilities(scores))
                break

    def _probabilities(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        if not np.isfinite(scores).all():
            raise DivergedError(
                f"{self._classifier.saved.path}: the network's scores are not finite.\n"
                "Train it anew with a smaller train.optimizer.lr, or train.clip_norm: 1."
            )
        return probabilities(scores)

    def _is_readable(self, file: Path) -> bool:
        try:
            decode(file, self._reading)
        except DamagedFile as error:
            self._report(error)
            return False
        return True

    def _look_at(self, files: list[Path]) -> None:
        """Says what is to be known of the files of a batch, by some of them."""
        is_grey = self._classifier.volume.D == 1
        for file in some(files, _LOOKED_AT if is_grey else 1):
            remarks: dict[str, str] = {}
            try:
                image = decode(file, self._reading, remarks=remarks)
            except DamagedFile:
                continue
            if is_grey and (doubt := other_ground(file, image, self._data.tones)):
                remarks["ground"] = f"warning: {doubt}"
            for topic, text in remarks.items():
                self._say_once(topic, text)

    def _say_once(self, topic: str, text: str) -> None:
        if topic not in self._said:
            self._said.add(topic)
            self._notify(text)

    def _brought(self, images: Stored) -> Stored:
        """With the white of the images that the network learned from."""
        white = self._white
        if white == 255:
            return images
        self._say_once("white", f"white, 255 in images, is {white} in {self._data.name}: scaled")
        return Brought(images, white)

    def _of_archive(self, path: Path) -> Iterator[Prediction]:
        try:
            found = images_alone(path, self._reading.layout)
            for name, images in found.items():
                self._check_size(path, name, images)
        except DataError as error:
            self._report(error)
            return
        for name, images in found.items():
            is_brighter = int(images.max()) > self._white
            stored = self._brought(images) if is_brighter else images
            for place in range(0, len(images), self._classifier.batch_size):
                part = stored[place : place + self._classifier.batch_size]
                scores = self._classifier.scores(part)
                for offset, row in enumerate(self._probabilities(scores)):
                    yield Prediction(f"{path}:{name}[{place + offset}]", row)

    def _check_size(self, path: Path, name: str, images: Images) -> None:
        _, height, width, channels = images.shape
        size = self._classifier.volume
        if (width, height, channels) != size:
            found = f"{width}x{height}x{channels}"
            remedy = "write them in that size, or as image files, which are scaled"
            raise problem(f"{path}: {name}", f"images of {size}", found, remedy)


def check_scores(saved: SavedRun) -> None:
    """Raises UsageError where the network was converted to give a map of scores."""
    scores = ScoreMap.of(saved.graph)
    if scores.places != (1, 1):
        raise UsageError(
            f"{saved.path}: the network gives {scores}, no class for an image.\n"
            "Use the checkpoint that it was converted from."
        )


def reading_of(saved: SavedRun) -> Reading:
    """How images are read: as in training, and scaled to the network's INPUT."""
    data = saved.spec.data
    if data and "size" in data_sets()[data.name].options:
        how = reading(data)
    else:  # a figure of few pixels is sharp again when it is shrunk by the mean
        how = Reading(shrink="mean", layout=data.layout if data else None)
    return how._replace(size=saved.graph.image)


def _no_image(file: Path) -> DataError:
    expected = f"an image ({', '.join(FORMATS)}), an {ARCHIVE} file or a folder"
    if not os.path.exists(file):
        return problem(file, expected, "none", "check the name")
    return problem(file, expected, file.suffix or "no ending", "convert it to PNG")
