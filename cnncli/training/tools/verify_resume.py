"""Proof that a run can be interrupted anywhere: resumed after every step, it is the same."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from cnncli.check.batch_statistics import lone_numbers
from cnncli.config.specification import Specification
from cnncli.config.train import Stop
from cnncli.datasets.dataset import Dataset
from cnncli.files import temporary_folder
from cnncli.graph.network import Graph
from cnncli.training.evaluate import Evaluation
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.state import Sums
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import open_start, resume_run
from cnncli.training.trainer import Metrics

EPOCHS = 2
BATCHES = 2.5
"""In an epoch: the last one is smaller, where the set is large enough."""
TESTED = 100
"""Images to judge on, at most."""
_CLOCK = ("seconds", "images_per_second")
"""Metrics that differ from run to run."""

Digests = dict[str, str]
"""SHA-256 of each array of a run, by its name in a checkpoint."""


@dataclass(frozen=True)
class Proof:
    """What came out of a run as a whole, and of one that was resumed after every step."""

    whole: list[Digests]
    """After each step."""
    resumed: list[Digests]
    metrics: tuple[list[Metrics], list[Metrics]]
    """Lines of metrics.jsonl without what the clock says: of the whole run, of the resumed one."""
    evaluations: tuple[Evaluation, Evaluation]

    def differences(self) -> Iterator[str]:
        for number, (whole, resumed) in enumerate(zip(self.whole, self.resumed, strict=True), 1):
            unlike = [name for name in whole if whole[name] != resumed[name]]
            if unlike:
                yield f"step {number}: {', '.join(unlike)}"
        for number, (line, again) in enumerate(zip_longest(*self.metrics), 1):
            if line != again:
                yield f"line {number} of metrics.jsonl: {json.dumps(line)}, {json.dumps(again)}"
        one, other = self.evaluations
        if one.loss != other.loss or not np.array_equal(one.confusion, other.confusion):
            yield f"the test set: loss {one.loss}, {other.loss}"


def verify_resume(
    spec: Specification,
    graph: Graph,
    dataset: Dataset,
    notice: Callable[[int, Digests, Digests], object],
) -> Proof:
    """Trains twice on a few batches: at one go, and from checkpoint to checkpoint.

    notice: is called after each resumed step, with its number and the digests of both runs. Raises
    what a run raises.
    """
    epochs = max(EPOCHS, spec.train.epochs)
    train = replace(spec.train, epochs=epochs, log_every=1, log=(), on_divergence=Stop())
    spec = replace(spec, train=train)
    few = _few(dataset, spec, graph)
    with temporary_folder() as one, temporary_folder() as other:
        directories = [RunDirectory(folder, stays=False) for folder in (one, other)]
        whole, resumed = (_Run(spec, graph, few, directory) for directory in directories)
        # the same beginning for both: what is chosen by the clock is chosen once
        start = open_start(spec, graph)
        with closing(Session.open(spec, graph, few, directories[0], start=start)) as session:
            for directory in directories:
                session.checkpoint().save(directory.last)
        first = second = whole.go_on(None)
        for step, digests in enumerate(whole.digests, 1):
            second = resumed.go_on(step)
            notice(step, digests, resumed.digests[-1])
        metrics = (whole.lines(), resumed.lines())
    return Proof(whole.digests, resumed.digests, metrics, (first, second))


class _Run:
    """A run that is taken up from its checkpoint again and again. It is its own display."""

    def __init__(
        self, spec: Specification, graph: Graph, dataset: Dataset, directory: RunDirectory
    ) -> None:
        self._spec, self._graph, self._data, self._directory = spec, graph, dataset, directory
        self._session: Session | None = None
        self.digests: list[Digests] = []
        """After each step."""

    def go_on(self, max_steps: int | None) -> Evaluation:
        """From the last checkpoint, until so many steps are done, or all."""
        resumed = resume_run(self._spec, self._graph, self._directory, self.warn)
        assert resumed, "its beginning was saved"
        checkpoint = resumed[0].checkpoint
        session = Session.open(self._spec, self._graph, self._data, self._directory, checkpoint)
        self._session = session
        with closing(session):
            return run(session, self, max_steps or EPOCHS * session.train.steps)

    def step(self, step: int, sums: Sums) -> None:
        assert self._session is not None
        self.digests.append(_digests(self._session))

    def epoch(self, metrics: Metrics, epochs: int) -> None:
        """Shows nothing."""

    def say(self, text: str) -> None:
        """Shows nothing."""

    def warn(self, text: str) -> None:
        """Shows nothing."""

    def lines(self) -> list[Metrics]:
        found = map(json.loads, self._directory.metrics.read_text().splitlines())
        return [{k: v for k, v in line.items() if k not in _CLOCK} for line in found]


def _digests(session: Session) -> Digests:
    return {
        name: hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
        for name, array in session.arrays().items()
    }


def _few(dataset: Dataset, spec: Specification, graph: Graph) -> Dataset:
    """Some batches to train on, and one to judge on."""
    size = spec.train.batch_size
    taken, tested = min(int(BATCHES * size), len(dataset.train.labels)), slice(min(size, TESTED))
    while taken > size and lone_numbers(spec.train, graph, taken):
        taken -= 1  # to where no batch is smaller than BATCHNORM allows
    return replace(
        dataset,
        train=dataset.train.part(slice(taken)),
        validation=dataset.validation and dataset.validation.part(tested),
        test=dataset.test.part(tested),
    )
