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
from cnncli.errors import CnncliError
from cnncli.graph.network import Graph
from cnncli.inference.judge import Judgement, judge
from cnncli.report.predictions import Answer
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import SavedRun

from .album import Album


@dataclass(frozen=True, eq=False)
class Subject:
    """Everything that the parts of a page show; what takes time is found once, when it is asked.

    saved: None for a configuration without a run. own: further images to look at. beside: other
    runs, whose curves stand beside this one's. is_live: the network itself goes into the page.
    notify: takes what is to be known.
    """

    checked: Checked
    saved: SavedRun | None = None
    own: Sequence[Path] = ()
    beside: Sequence[Path] = ()
    is_live: bool = False
    threads: int | None = None
    notify: Callable[[str], None] = print
    album: Album = field(default_factory=Album)

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
        return RunDirectory(self.saved.path.parent) if self.saved else None

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """Those of metrics.jsonl: of steps, epochs and the test."""
        return self.directory.lines() if self.directory else []

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
            return None, "This page is of a configuration: nothing has been trained yet."
        try:
            found = judge(
                self.saved, "test", threads=self.threads, keeps_answers=True, notify=self.notify
            )
        except CnncliError as error:
            self.notify(f"warning: the page is without images: {error}")
            return None, "The test images are not there, or do not fit to this run any more."
        return found, ""

    def image(self, place: int) -> NDArray[np.uint8]:
        """The test image (H, W, C) at that place."""
        assert self.judgement
        found: NDArray[np.uint8] = np.asarray(
            self.judgement.judged.split.images[np.array([place])]
        )[0]
        return found

    def answer(self, place: int) -> Answer:
        """What the network says of it."""
        assert self.judgement
        return self.judgement.answers[place]

    def show(self, place: int) -> int | None:
        """The number of a test image in the album; None where that is full."""
        answer = self.answer(place)
        name = answer.name
        if os.sep in name:  # a file: the folder of its class and its own name are enough
            name = os.sep.join(name.split(os.sep)[-2:])
        return self.album.add(
            place, self.image(place), name, true=answer.true, predicted=answer.predicted,
            probability=answer.probability,
        )  # fmt: skip
