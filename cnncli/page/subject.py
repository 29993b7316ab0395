"""What a page is about: a network, and the run that trained it if there is one."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.check.result import Checked
from cnncli.config.specification import Specification
from cnncli.errors import CnncliError, DivergedError
from cnncli.graph.network import Graph
from cnncli.inference.classifier import Classifier
from cnncli.inference.judge import Judgement, judge
from cnncli.inference.layer_outputs import activations
from cnncli.inference.observation import Observation, observe
from cnncli.inference.predictor import Predictor
from cnncli.report.predictions import Answer
from cnncli.training.storage.arrays import evaluated_arrays
from cnncli.training.storage.checkpoint import WHITE, white_of
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import SavedRun

from .material.album import Album
from .material.column_choice import column_layers
from .material.filter_choice import chosen_filters
from .material.history import History
from .material.journey import OWN, Journey, Verdict, chosen_images, travel
from .material.selection import Selection

_BARE = "This page is of a configuration: nothing has been trained yet."
_WITHOUT = (
    "The test images are not there, or damaged, or do not fit to this run any more; `cnn eval` "
    "says which."
)
_BEGUN = "The run has no checkpoint: none was saved, so what the network learned is not known."


@dataclass(frozen=True, eq=False)
class Subject:
    """Everything that the parts of a page show; what takes time is found once, when it is asked.

    saved: None for a configuration without a run. own: further images to look at. beside: other
    runs, whose curves stand beside this one's. is_live: the network itself goes into the page.
    notify: takes what is to be known. place: of a run without a checkpoint, or that is under way.
    """

    checked: Checked
    saved: SavedRun | None = None
    own: Sequence[Path] = ()
    beside: Sequence[Path] = ()
    is_live: bool = False
    threads: int | None = None
    notify: Callable[[str], None] = print
    album: Album = field(default_factory=Album)
    place: RunDirectory | None = None

    @property
    def spec(self) -> Specification:
        assert self.checked.spec is not None
        return self.checked.spec

    @property
    def graph(self) -> Graph:
        assert self.checked.graph is not None
        return self.checked.graph

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names, if a run knows them."""
        return self.saved.checkpoint.data.classes if self.saved else ()

    @cached_property
    def directory(self) -> RunDirectory | None:
        """Where the checkpoint is, with the metrics beside it."""
        return RunDirectory(self.saved.path.parent) if self.saved else self.place

    @cached_property
    def history(self) -> History:
        """What metrics.jsonl says of steps, epochs and the test, by the name of the run."""
        if self.directory is None:
            return History(self.name, [])
        return History.read(self.directory)

    @property
    def judgement(self) -> Judgement | None:
        """How good the network is on its test images; None where they cannot be judged."""
        return self._judged[0]

    @property
    def without_images(self) -> str:
        """Why there is no judgement, for a reader."""
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[Judgement | None, str]:
        if self.saved is None:
            return None, _BEGUN if self.place else _BARE
        try:
            found = judge(
                self.saved, "test", threads=self.threads, keeps_answers=True, notify=self.notify
            )
        except DivergedError as error:
            self.notify(f"warning: the page is without images: {error}")
            return None, "The network's scores are not finite: nothing is known of its answers."
        except CnncliError as error:
            self.notify(f"warning: the page is without images: {error}")
            return None, _WITHOUT
        return found, ""

    @cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Parameters and state of the network that is judged, like `conv1.W`; of a run only."""
        assert self.saved
        return evaluated_arrays(self.saved.checkpoint, self.saved.path, self.graph)

    @cached_property
    def filters(self) -> dict[str, list[int]]:
        """Those that the page shows, by layer, the one with the largest norm first."""
        return chosen_filters(self.graph, self.arrays)

    @cached_property
    def observation(self) -> Observation | None:
        """What test images do to the channels; None where there are none."""
        if self.judgement is None:
            return None
        assert self.saved
        return observe(
            self.saved, self.judgement.judged.split, self.filters, threads=self.threads,
            notify=self.notify,
        )  # fmt: skip

    @cached_property
    def own_images(self) -> list[tuple[str, NDArray[np.uint8]]]:
        """The first of the reader's images (H, W, C), as the network takes them, with their names.

        Raises DataError for what is none, UsageError where the network has no scores for an image.
        """
        if not self.own or self.saved is None:
            return []
        with Classifier.open(self.saved, threads=1, notify=self.notify) as classifier:
            predictor = Predictor(classifier, self._refuse, self.notify)
            return [(path.name, predictor.read(path)) for path in self.own[:OWN]]

    @staticmethod
    def _refuse(error: CnncliError) -> None:
        raise error

    @cached_property
    def journey(self) -> Journey | None:
        """Some test images, and the reader's own, on their way; None where there are none.

        Neither is there one where the network's numbers are not finite.
        """
        own, saved = self.own_images, self.saved
        chosen = chosen_images(self.selection) if self.judgement else []
        travellers: list[tuple[int | None, NDArray[np.uint8], Verdict]] = [
            *((self.show(place), self.image(place), verdict) for place, verdict in chosen),
            *((self.album.add(("own", place), self.to_look_at(image), name), image, "own")
              for place, (name, image) in enumerate(own)),
        ]  # fmt: skip
        found = [each for each in travellers if each[0] is not None]
        if saved is None or not found:
            return None
        numbers, images, verdicts = zip(*found, strict=True)
        layers = {node.name for node in column_layers(self.graph)[0]} | set(self.filters)
        outputs, scores = travel(saved, np.stack(images), layers, self.threads)
        if not all(np.isfinite(each).all() for each in (*outputs.values(), scores)):
            return None
        return Journey(numbers, verdicts, outputs, scores)

    @cached_property
    def selection(self) -> Selection:
        """Which test images say much."""
        assert self.judgement
        return Selection(self.judgement.answers, self.classes)

    @cached_property
    def sample(self) -> int:
        """The place of the first test image whose class the network tells, or of the first."""
        assert self.judgement
        answers = enumerate(self.judgement.answers)
        return next((place for place, each in answers if each.true == each.predicted), 0)

    @cached_property
    def sample_outputs(self) -> dict[str, NDArray[Any]] | None:
        """The output (H, W, C) of each layer for the sample; None where there is no judgement."""
        if self.judgement is None:
            return None
        assert self.saved
        found = activations(self.saved, self.image(self.sample)[np.newaxis])
        return {name: output[0] for name, output in found.items()}

    def image(self, place: int) -> NDArray[np.uint8]:
        """The test image (H, W, C) at that place."""
        found: NDArray[np.uint8] = self.images(np.array([place]))[0]
        return found

    def images(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The test images (n, H, W, C) at those places."""
        assert self.judgement
        return np.asarray(self.judgement.judged.split.images[places])

    def to_look_at(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Images of the set with white at 255, whatever it is in the set."""
        assert self.saved
        data = self.saved.checkpoint.data
        white = white_of(data.name, data.tones)
        return images if white == WHITE else np.rint(images * (WHITE / white)).astype(np.uint8)

    def answer(self, place: int) -> Answer:
        """What the network says of it."""
        assert self.judgement
        return self.judgement.answers[place]

    def label(self, place: int) -> str:
        """What a test image is called: its place, or its file, of which two parts are enough."""
        return os.sep.join(self.answer(place).name.split(os.sep)[-2:])

    def show(self, place: int) -> int | None:
        """The number of a test image in the album; None where that is full."""
        answer = self.answer(place)
        image = self.to_look_at(self.image(place))
        return self.album.add(
            place, image, self.label(place), true=answer.true, predicted=answer.predicted,
            probability=answer.probability,
        )  # fmt: skip

    def keep_pictures(self) -> None:
        """Puts the test images that say much into the album, until it is full."""
        for place in self.selection.telling:
            if self.album.number(place) is None and self.show(place) is None:
                break
