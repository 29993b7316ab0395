"""The classes of images that nobody has labelled."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Stored
from cnncli.datasets.formats.images import FORMATS, DamagedFile, FolderImages, decode
from cnncli.datasets.formats.npz.npz_archive import images_alone
from cnncli.datasets.problems import Notify, problem
from cnncli.errors import DataError, DivergedError
from cnncli.lazy import Images

from .classifier import Classifier, probabilities
from .ground import is_white_of_files, other_ground, scale_white, some, white_note
from .image_paths import ARCHIVE
from .preparation import check_scores, check_size, reading_of, training_set

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

        Raises DataError where the network learned from noise, UsageError where it gives no scores
        for an image but a map of them.
        """
        training_set(classifier.saved)
        check_scores(classifier.saved)
        self._classifier, self._report, self._notify = classifier, report, notify
        self._data = classifier.saved.checkpoint.data
        self._reading = reading_of(classifier.saved)
        self._said: set[str] = set()

    def predict(self, files: Iterable[Path | DataError]) -> Iterator[Prediction]:
        """Of each image one, in their order; those of a batch are read at a time.

        Raises DataError where Pillow is missing, DivergedError where scores are not finite.
        """
        waiting: list[Path] = []
        for file in files:
            if isinstance(file, Path) and file.suffix.lower() in FORMATS:
                waiting.append(file)
                if len(waiting) < self._classifier.batch_size:
                    continue
            yield from self._of_files(waiting)
            waiting = []
            if isinstance(file, DataError):
                self._report(file)
            elif file.suffix.lower() == ARCHIVE:
                yield from self._of_archive(file)
            elif file.suffix.lower() not in FORMATS:
                self._report(_no_image(file))
        yield from self._of_files(waiting)

    def of_arrays(self, images: Stored, names: Iterable[str]) -> Iterator[Prediction]:
        """Of images (N, H, W, C) with the values of the set that was learned from, by their names.

        Raises DivergedError where scores are not finite.
        """
        scores = self._classifier.scores(images)
        if not np.isfinite(scores).all():
            raise DivergedError(
                f"{self._classifier.saved.path}: the network's scores are not finite.\n"
                "Train it anew with a smaller train.optimizer.lr, or train.clip_norm: 1."
            )
        return map(Prediction, names, probabilities(scores))

    def read(self, file: Path) -> Images:
        """An image (H, W, C) as the network takes it. Raises DataError for what is none."""
        self._look_at([file])
        image = decode(file, self._reading)
        whole: Images = np.asarray(self._scale_white(image[np.newaxis]))[0]
        return whole

    def _of_files(self, files: list[Path]) -> Iterator[Prediction]:
        files = [file for file in files if self._has_depth(file)]
        if files:
            self._look_at(files)
        while files:
            images = FolderImages(files, self._classifier.volume, self._reading, files[0], {})
            try:
                found = self.of_arrays(self._scale_white(images), map(str, files))
            except DamagedFile:
                files = [file for file in files if self._is_readable(file)]
            else:
                yield from found
                break

    def _has_depth(self, file: Path) -> bool:
        """Whether files of images have as many channels as the network takes."""
        size = self._classifier.volume
        if size.D in (1, 3):
            return True
        remedy = "write the images to an .npz file"
        self._report(problem(file, f"an image of {size}", "grey or colour", remedy))
        return False

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

    def _scale_white(self, images: Stored) -> Stored:
        """With the white of the images that the network learned from."""
        if note := white_note(self._classifier.saved):
            self._say_once("white", note)
        return scale_white(images, self._data)

    def _of_archive(self, path: Path) -> Iterator[Prediction]:
        try:
            found = images_alone(path, self._reading.layout)
            for name, images in found.items():
                check_size(f"{path}: {name}", images, self._classifier.volume)
        except DataError as error:
            self._report(error)
            return
        for name, images in found.items():
            stored = self._scale_white(images) if is_white_of_files(images) else images
            for place in range(0, len(images), self._classifier.batch_size):
                part = stored[place : place + self._classifier.batch_size]
                places = range(place, place + len(part))
                yield from self.of_arrays(part, (f"{path}:{name}[{k}]" for k in places))


def _no_image(file: Path) -> DataError:
    expected = f"an image ({', '.join(FORMATS)}), an {ARCHIVE} file or a folder"
    if not os.path.exists(file):
        return problem(file, expected, "none", "check the name")
    return problem(file, expected, file.suffix or "no ending", "convert it to PNG")
