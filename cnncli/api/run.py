"""A network that was trained, from its run's directory or one of its checkpoints: `cnncli.Run`."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_THREADS
from cnncli.check.check import check_recorded
from cnncli.check.result import Checked
from cnncli.engine.parallel.world import here
from cnncli.errors import DataError, UsageError
from cnncli.inference.classifier import Classifier, probabilities
from cnncli.inference.image_paths import files_of
from cnncli.inference.judge import Judgement, judge
from cnncli.inference.layer_outputs import activations, filters_of
from cnncli.inference.predictor import Prediction, Predictor
from cnncli.report.predictions import Row, values_of
from cnncli.text import ForeignPath, closest, join_words
from cnncli.training.evaluate import Evaluation
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import open_run

from .arguments import check_count
from .notices import warn

Array = NDArray[np.float32]
Image = str | os.PathLike[str] | NDArray[np.uint8]
"""A file, or an array (H, W, C) of 0 to 255."""


class Run:
    """A trained network: of a directory that of the best checkpoint, or else of the last.

    Images are arrays (H, W, C), several (N, H, W, C), of uint8 as they are in their set; class
    scores and probabilities are (N, K), in the order of `classes`. It keeps threads or processes
    until it is closed, or forgotten; `with cnncli.Run(path) as run:` closes it.

    Raises CheckpointError where there is no checkpoint, or it is damaged, UsageError for a number
    of threads that is none.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        threads: int | None = None,
        plain: bool = False,
        notify: Callable[[str], None] = warn,
    ) -> None:
        """threads: that compute; None: as in training. plain: images as they are, without
        data.views. notify: takes what is to be known; by default it is a warning, or in the log.
        """
        check_count("threads", threads, MAX_THREADS)
        self.path: Path = ForeignPath(path)
        self._threads, self._plain, self._notify = threads, plain, notify
        self.saved = here().first(lambda: open_run(self.path))
        self._classifier: Classifier | None = None

    @property
    def checkpoint(self) -> Path:
        """The file that the network is from."""
        return self.saved.path

    @property
    def config(self) -> str:
        """The complete configuration of the run, as YAML."""
        return self.saved.checkpoint.config

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names."""
        return self.saved.checkpoint.data.classes

    @property
    def step(self) -> int:
        """Steps that the network was trained for."""
        return self.saved.checkpoint.progress.step

    @property
    def history(self) -> dict[str, list[Any]]:
        """What metrics.jsonl says of each epoch, a list by the name of each number.

        pandas.DataFrame(run.history) makes a table of it. Empty where no epoch has ended, and for a
        checkpoint that is alone.
        """
        return _columns([line for line in self._lines if line["kind"] == "epoch"])

    @property
    def steps(self) -> dict[str, list[Any]]:
        """The same of the steps in between, of which every train.log_every-th is recorded."""
        return _columns([line for line in self._lines if line["kind"] == "step"])

    @property
    def metrics(self) -> dict[str, Any]:
        """What the last evaluation on the test set found: loss, accuracy, images and so on."""
        found = [line for line in self._lines if line["kind"] == "test"]
        return (
            {key.removeprefix("test_"): value for key, value in found[-1].items()} if found else {}
        )

    @property
    def _lines(self) -> list[dict[str, Any]]:
        folder = self.path if os.path.isdir(self.path) else self.path.parent
        return RunDirectory(folder).lines()

    def predict(self, images: Image | Iterable[Image], *, top: int = 1) -> list[dict[str, Any]]:
        """The most probable classes of image files, of folders of them, or of arrays.

        For each image a dictionary as `cnn predict --format jsonl` writes it, with `top` classes.
        What cannot be read is warned of and left out. Raises UsageError for arrays of another form,
        and where the network gives a map of scores; DivergedError where scores are not finite.
        """
        check_count("top", top)
        given: list[Any] = (
            [images]
            if isinstance(images, str | os.PathLike)
            or (isinstance(images, np.ndarray) and images.ndim != 4)
            else [*images]
        )
        found: list[Prediction] = []
        predictor = Predictor(self._open(), warn, self._notify)
        for is_array, group in groupby(
            enumerate(given), lambda one: isinstance(one[1], np.ndarray)
        ):
            several = list(group)
            if is_array:
                whole = np.concatenate([self._single(image) for _, image in several])
                found += predictor.of_arrays(whole, (f"[{number}]" for number, _ in several))
            else:
                paths = [ForeignPath(path) for _, path in several]
                found += predictor.predict(files_of(paths))
        return [values_of(Row(each.name, each.best(self.classes, top))) for each in found]

    def scores(self, images: NDArray[np.uint8]) -> Array:
        """Class scores (N, K), the mean over data.views; of one image (1, K)."""
        return self._open().scores(self._batch(images))

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The softmax of the scores, (N, K)."""
        return probabilities(self.scores(images))

    def evaluate(
        self, data: str | os.PathLike[str] | None = None, *, split: str = "test"
    ) -> Evaluation:
        """How good the network is on images with labels, as `cnn eval` finds it.

        data: as after --data; None: the set that it learned from. The result has loss, accuracy,
        confusion and more.
        """
        return self.judge(None if data is None else ForeignPath(data), split).evaluation

    def judge(self, data: Path | None, split: str, *, keeps_answers: bool = False) -> Judgement:
        """The same with what was judged, and the answers to all images if they are to be kept."""
        return judge(
            self.saved, split, data=data, threads=self._threads, plain=self._plain,
            keeps_answers=keeps_answers, notify=self._notify,
        )  # fmt: skip

    def predictions(
        self, files: Iterable[Path | DataError], report: Callable[[DataError], None]
    ) -> Iterator[Prediction]:
        """The probabilities of each image of the files, as they come; a batch is read at a time.

        files: with the errors of what is no file. report: takes what cannot be read.
        """
        return Predictor(self._open(), report, self._notify).predict(files)

    def activations(self, image: Image) -> dict[str, Array]:
        """The output (H, W, C) of each layer, by name, for one image; the first is INPUT's."""
        if isinstance(image, np.ndarray):
            whole = self._single(image)
        else:
            whole = Predictor(self._open(), warn, self._notify).read(ForeignPath(image))[np.newaxis]
        found = activations(self.saved, whole)
        return {name: output[0] for name, output in found.items()}

    def filters(self, layer: str) -> Array:
        """A layer's weights as the notes draw them: CONV's (K, F, F, C) and FC's (K, H, W, C).

        Raises UsageError where the layer has none of that kind.
        """
        graph = self.saved.graph
        if layer not in graph.by_name:
            found = closest(layer, graph.by_name)
            hint = f"did you mean {found}?" if found else f"there are {join_words(graph.by_name)}"
            raise UsageError(f"there is no layer {layer!r}; {hint}")
        kind = graph.by_name[layer].kind
        if kind not in ("CONV", "FC"):
            raise UsageError(f"{layer} is a {kind}, which has no filters; CONV and FC have some")
        return filters_of(self.saved, layer, self._open().engine.parameters.views[f"{layer}.W"])

    def report(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        beside: Sequence[str | os.PathLike[str]] = (),
        images: Sequence[str | os.PathLike[str]] = (),
        live: bool = False,
        figures: str | os.PathLike[str] | None = None,
        force: bool = False,
    ) -> Path:
        """Writes the page that `cnn report` writes, and returns where; by default report.html.

        beside: other runs, for their curves. images: files to look at. live: with the network
        itself. figures: a folder that the drawings are written to. force: replace what is there,
        whatever it is. Raises UsageError where that is no page of ours, or the network is too large
        for a page, and WriteError.
        """
        from cnncli.page.subject import Subject

        from .page import write

        subject = Subject(
            self._checked, self.saved, tuple(map(ForeignPath, images)),
            tuple(map(ForeignPath, beside)), live, self._threads, self._notify,
        )  # fmt: skip
        place = ForeignPath(out) if out is not None else RunDirectory(self.checkpoint.parent).page
        return write(subject, place, figures, force=force)

    @property
    def _checked(self) -> Checked:
        return check_recorded(self.config, self.checkpoint)

    def parameters(self) -> dict[str, Array]:
        """Every trained array by its name, such as conv1.W; copies."""
        views = self._open().engine.parameters.views
        return {name: array.copy() for name, array in views.items()}

    def _single(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """One image as (1, H, W, C). Raises UsageError for several, and as `_batch` does."""
        whole = self._batch(image)
        if len(whole) > 1:
            raise UsageError(f"expected one image (H, W, C), found {len(whole):,}: {whole.shape}")
        return whole

    def _batch(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(N, H, W, C), as the network takes them. Raises UsageError for others, and for none."""
        array = np.asarray(images)
        volume = self._open().volume
        expected = (volume.H, volume.W, volume.D)
        whole = array if array.ndim == 4 else array[np.newaxis]
        if array.dtype != np.uint8 or whole.shape[1:] != expected:
            raise UsageError(
                f"expected uint8 images of {expected} (H, W, C), found {array.dtype} {array.shape}"
            )
        if not len(whole):
            raise UsageError(f"there is no image in an array of the form {array.shape}")
        return whole

    def _open(self) -> Classifier:
        if self._classifier is None:
            self._classifier = Classifier.open(
                self.saved, threads=self._threads, plain=self._plain, notify=self._notify
            )
            self._closes = weakref.finalize(self, self._classifier.close)
        return self._classifier

    def close(self) -> None:
        """Ends its threads and processes; it can be used again."""
        if self._classifier:
            self._closes()
            self._classifier = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Of a copy, for another process too: it opens the network by itself."""
        state = vars(self) | {"_classifier": None}
        state.pop("_closes", None)
        return state

    def __repr__(self) -> str:
        data = self.saved.checkpoint.data
        stand_in = f", a stand-in for {data.stand_in_for}" if data.stand_in_for else ""
        return f"{self.checkpoint}: step {self.step:,}, learned {data.name}{stand_in}"


def _columns(lines: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns; None where a row lacks what others have."""
    names = dict.fromkeys(name for line in lines for name in line if name != "kind")
    return {name: [line.get(name) for line in lines] for name in names}
