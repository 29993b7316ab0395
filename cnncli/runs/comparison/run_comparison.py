"""What is different between two runs: configuration, network, environment, figures, epochs."""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from cnncli.check.check import check_recorded
from cnncli.check.result import Checked, Step
from cnncli.errors import CheckpointError
from cnncli.report.diff.compare import Comparison, Difference, compare
from cnncli.runs.collection import holds_run
from cnncli.runs.run_files import checkpoint_values
from cnncli.runs.run_record import FIGURES, RunRecord
from cnncli.runs.settings import ARCHITECTURE
from cnncli.text import ForeignPath, show
from cnncli.training.storage.directory import check_one
from cnncli.training.storage.safetensors_header import SUFFIX

_NOT_ENVIRONMENT = {"started", "ended", "diverged", "best"}
"""Of run.json: what came of the run."""
_FLOORS = 2
"""Of run.json below each other that have a line for each value."""
_NO_FIGURES = {"name", "path", "started", "remark"}
_CLOCK = {"kind", "seconds", "images_per_second"}
"""Of a line of metrics.jsonl: what says nothing of the numbers, and is another for each run."""


class Parting(NamedTuple):
    """The first epoch in which two runs do not have the same numbers, and the first of these."""

    epoch: int
    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RunComparison:
    """Two runs. network: None where this version does not understand one of them."""

    before: RunRecord
    after: RunRecord
    configuration: Mapping[str, Difference]
    network: Comparison | None
    environment: Mapping[str, Difference]
    figures: Mapping[str, Difference]
    """All of them, also equal ones, of which one run has a value at least."""
    equal_epochs: int
    """Of those that both have, how many are equal to the bit before they part."""
    parting: Parting | None

    @property
    def same(self) -> bool:
        """Whether they do the same and have done the same, wherever that was."""
        has_same_network = self.network is not None and self.network.same
        return not self.configuration and has_same_network and self.parting is None


def find_run(place: str) -> RunRecord | None:
    """The run in a directory, or that of a checkpoint; None where the path names something else.

    Raises CheckpointError where the configuration is damaged or missing, or a folder holds several.
    """
    path = ForeignPath(place)
    if os.path.isdir(path):
        run = RunRecord.read(path, place) if holds_run(path) else None
        if not run:
            check_one(path)
    elif path.suffix == SUFFIX:
        run = _of_checkpoint(path, place)
    else:
        return None
    if run and not run.settings:
        raise CheckpointError(run.problems[0] if run.problems else f"{path}: has no configuration")
    return run


def _of_checkpoint(path: Path, place: str) -> RunRecord:
    """With what lies beside it, and the configuration that it holds itself."""
    values = checkpoint_values(path)
    return RunRecord.read(path.parent, place, values)


def network_of(run: RunRecord) -> Checked:
    """The network that a run has trained, with the memory of its step where it is valid."""
    checked = check_recorded(run.config, ForeignPath(run.name))
    if not checked.valid:
        return checked
    spec, graph = checked.network()
    return replace(checked, step=Step.of(spec, graph, spec.train.batch_size))


def compare_runs(before: RunRecord, after: RunRecord) -> RunComparison:
    """All of it. Nothing is computed again: it is what the runs have recorded."""
    networks = [network_of(run) for run in (before, after)]
    is_understood = all(network.valid for network in networks)
    about = [dict(_flat(run.about)) for run in (before, after)]
    rows = [
        {name: run.row()[name] for name in FIGURES if name not in _NO_FIGURES}
        for run in (before, after)
    ]
    equal, parting = _parting(before, after)
    settings = _differences(before.settings, after.settings)
    if is_understood:  # then the layers say it
        settings.pop(ARCHITECTURE, None)
    return RunComparison(
        before,
        after,
        settings,
        compare(*networks) if is_understood else None,
        _differences(*about),
        {name: Difference(rows[0][name], rows[1][name]) for name in rows[0]
         if (rows[0][name], rows[1][name]) != (None, None)},
        equal,
        parting,
    )  # fmt: skip


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Difference]:
    return {
        key: Difference(before.get(key), after.get(key))
        for key in {**before, **after}
        if not _is_same(before.get(key), after.get(key))
    }


def _is_same(before: Any, after: Any) -> bool:
    """To the bit: NaN is itself, and 1 is not true."""
    return repr(before) == repr(after)


def _flat(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each value of run.json as a text, by its path; of the command what follows the program."""
    for key, value in about.items():
        if key == "command" and isinstance(value, list):
            yield from _texts(key, ["cnn", *value[1:]], 0)
        elif key not in _NOT_ENVIRONMENT:
            yield from _texts(str(key), value, _FLOORS)


def _texts(path: str, value: Any, floors: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and floors:
        for key, inner in value.items():
            yield from _texts(f"{path}.{key}", inner, floors - 1)
    elif value is not None:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return shlex.join(value)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return ", ".join(_words(each) for each in value)
    return show(value)


def _words(values: Mapping[str, Any]) -> str:
    """What a command has set, or a library: its name, version and kind."""
    texts = [values["set"]] if isinstance(values.get("set"), str) else values.values()
    return " ".join(each if isinstance(each, str) else show(each) for each in texts)


def _parting(before: RunRecord, after: RunRecord) -> tuple[int, Parting | None]:
    """How many epochs are equal first, and what is not then."""
    theirs = {line["epoch"]: line for line in after.epochs}
    both = [(line, theirs[line["epoch"]]) for line in before.epochs if line["epoch"] in theirs]
    for number, (one, other) in enumerate(both):
        for key in {**one, **other}:
            if key not in _CLOCK and not _is_same(one.get(key), other.get(key)):
                return number, Parting(one["epoch"], key, one.get(key), other.get(key))
    return len(both), None
