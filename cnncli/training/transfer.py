"""What a run takes over from a trained network: `train.start`.

Names and shapes decide, array by array; all else starts as it would without. The optimizer starts
anew, and an average too, from what was taken over.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnncli.bounds import MAX_DIFFERENCES, MAX_SCALE, MAX_STD
from cnncli.check.rules import skipped_arrays
from cnncli.config.specification import Specification
from cnncli.data.channel_stats import ChannelStats
from cnncli.datasets.dataset import Dataset
from cnncli.engine.engine import Engine
from cnncli.engine.parameters import parameter_shapes, state_shapes
from cnncli.errors import CheckpointError
from cnncli.graph.network import Graph
from cnncli.problems import ConfigError, Problem, write_path
from cnncli.report.layout.parts import page
from cnncli.report.table import Column, table
from cnncli.text import ForeignPath, closest, count, join_words, printable, short, show
from cnncli.training.storage.checkpoint import DataUsed, white_of
from cnncli.training.storage.directory import checkpoint_of
from cnncli.training.storage.safetensors_file import Arrays, shape_text

_COLUMNS = (
    Column("array", least=20),
    Column("here", least=10),
    Column("there", least=10),
    Column("what becomes of it"),
)
_NONE = "-"


class _Left(NamedTuple):
    """An array that was not taken over: its name and the shapes here and there, and why."""

    name: str
    here: str
    there: str
    why: str


@dataclass(frozen=True)
class Transfer:
    """The arrays of a start that fit a network, by their names here, and what does not fit."""

    path: Path
    sha256: str
    """Of the file."""
    data: DataUsed
    """What the start learned."""
    arrays: Arrays
    left: tuple[_Left, ...]

    @classmethod
    def of(
        cls,
        spec: Specification,
        graph: Graph,
        path: Path,
        sha256: str,
        data: DataUsed,
        there: Arrays,
    ) -> "Transfer":
        """there: the arrays of the start, by their names there.

        Raises ConfigError where the configuration renames what is not there, or two arrays to one
        name, CheckpointError where nothing fits.
        """
        here = parameter_shapes(graph) | state_shapes(graph)
        found, skipped = _names_here(spec, there, path), skipped_arrays(spec, graph)
        arrays, left = {}, []
        for name, shape in here.items():
            array = there[found[name]] if name in found else None
            if name in skipped:
                why = "new: train.start.skip"
            elif array is None:
                why = "new: not there"
            elif array.shape != shape:
                why = "new"
            elif not np.isfinite(array).all():
                raise CheckpointError(
                    f"{path}: {name} is not finite; begin with another checkpoint"
                )
            else:
                arrays[name] = array
                continue
            theirs = _NONE if array is None else shape_text(array.shape)
            left.append(_Left(name, shape_text(shape), theirs, why))
        for name, old in found.items():
            if name not in here:
                left.append(_Left(old, _NONE, shape_text(there[old].shape), "not used: not here"))
        transfer = cls(path, sha256, data, arrays, tuple(left))
        if not arrays:
            raise CheckpointError(
                page(
                    f"{path}: no array of it fits this network:",
                    transfer.table,
                    "Begin with a run of the same layers; train.start.rename says what they are "
                    "called there.",
                )
            )
        return transfer

    @property
    def table(self) -> str:
        """What was not taken over, and why."""
        shown = [*self.left[:MAX_DIFFERENCES]]
        text = table(_COLUMNS, shown)
        more = len(self.left) - len(shown)
        return page(text, f"and {count(more, 'more array')}") if more else text

    @property
    def text(self) -> str:
        """What was taken over, and the table."""
        total = len(self.arrays) + sum(each.here != _NONE for each in self.left)
        below = os.path.relpath(self.path)
        path = self.path if below.startswith(os.pardir) else ForeignPath(below)
        taken = f"start: {len(self.arrays)} of {count(total, 'array')} are those of {path}"
        return page(taken, self.table) if self.left else taken

    def warnings(self, graph: Graph, classes: tuple[str, ...]) -> Iterator[str]:
        """What is taken over and is hardly meant: class scores of other classes."""
        last = [node for node in graph.nodes if node.params][-1]
        names = [f"{last.name}.{name}" for name in last.params]
        if classes != self.data.classes and all(name in self.arrays for name in names):
            there, here = (
                join_words(printable(short(name)) for name in each)
                for each in (self.data.classes, classes)
            )
            yield (
                f"{last.name} is taken over, and gave the scores of other classes there: {there}; "
                f"here they are {here}.\n"
                f"--set train.start.skip={last.name} starts it anew"
            )

    def put_into(self, engine: Engine) -> None:
        """Sets the parameters and running statistics that are taken over."""
        for views in (engine.parameters.views, engine.state.views):
            for name in views.keys() & self.arrays.keys():
                np.copyto(views[name], self.arrays[name])

    def stats(self, dataset: Dataset) -> ChannelStats | None:
        """How the start normalised images, for those of a set: None where it cannot be so.

        Where white has another value in the set than in the one that the start learned, its
        numbers are brought to that.
        """
        mean, std = self.data.mean, self.data.std
        if mean is None or std is None:
            mean, std = (0.0,), (255.0,)
            mean, std = mean * dataset.train.images.shape[3], std * dataset.train.images.shape[3]
        if len(mean) != dataset.train.images.shape[3]:
            return None
        scale = white_of(dataset.name, dataset.tones) / white_of(self.data.name, self.data.tones)
        if scale != 1:
            mean, std = (tuple(scale * value for value in values) for values in (mean, std))
        if min(std) < 1 / MAX_SCALE or max(std) > MAX_STD:
            return None
        return ChannelStats(mean, std)


def _names_here(spec: Specification, there: Mapping[str, object], path: Path) -> dict[str, str]:
    """The names of the start's arrays by those that they have here."""
    start = spec.train.start
    assert start
    where = ("train", "start", "rename")
    renamed: dict[str, str] = {}
    used: set[str] = set()
    kept = []
    problems = []
    for old in there:
        new, by = start.name_here(old)
        if by is None:
            kept.append(old)
            continue
        used.add(by)
        if new in renamed:
            message = f"{renamed[new]} and {old} of {path} would both be {new}; rename one of them"
            problems.append(Problem(spec.place(*where, by), write_path((*where, by)), message))
        renamed[new] = old
    for by in start.rename or ():
        if by not in used:
            layers = dict.fromkeys(name.rpartition(".")[0] for name in there)
            meant = closest(by, [*layers, *there])
            hint = f"did you mean {meant}?" if meant else f"there are {join_words(layers)}"
            message = f"no array of {path} is called {show(by)}, nor a layer; {hint}"
            problems.append(Problem(spec.place(*where, by), write_path((*where, by)), message))
    if problems:
        raise ConfigError(problems)
    return {name: name for name in kept} | renamed


def with_own_start(spec: Specification, began: Specification, sha256: str | None) -> Specification:
    """The specification of a run that began with another, with its start, which is not read again.

    sha256: of the file that it began with. Without a change where another start is named.
    """
    start, own = spec.train.start, began.train.start
    if start and not (own and replace(start, run=own.run) == own):
        return spec
    if start and own and start.run != own.run and not _may_be(start.run, sha256):
        return spec
    return replace(spec, train=replace(spec.train, start=own))


def _may_be(run: Path, sha256: str | None) -> bool:
    """Whether a start is that file: one that is gone, or cannot be read, may have been."""
    try:
        path = checkpoint_of(run)
        if os.path.isfile(path):  # nor a pipe, which would be waited for
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (CheckpointError, OSError):
        pass
    return True
