"""The one way from a configuration's text to a checked network, for every command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.config.load import load_text
from cnncli.config.source_text.source import Read, Source, read_below, read_source
from cnncli.config.specification import Override, Specification
from cnncli.errors import DataError, UsageError
from cnncli.graph.build import build
from cnncli.graph.checks.network_rules import is_section_wrong
from cnncli.graph.costs.totals import limit_problems
from cnncli.layers.input import Input
from cnncli.problems import ConfigError, Place, Problem
from cnncli.shipped.configurations import Shipped, find
from cnncli.text import ForeignPath

from .class_balance import both_remedies, class_weight_problems
from .result import Checked, Step
from .rules import (
    border_problems,
    channel_problems,
    group_problems,
    metric_problems,
    no_data,
    start_problems,
)

if TYPE_CHECKING:
    from cnncli.datasets.base import Description

_SUFFIXES = (".yaml", ".yml")


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and for a directory every YAML file below it; without paths, configs/*.yaml.

    Raises UsageError where a directory, or configs/, holds none.
    """
    if not paths:
        files: list[Path] = sorted(ForeignPath("configs").glob("*.yaml"))
        if not files:
            raise UsageError("there is no configs/*.yaml here; name the file to check")
        return files
    files = []
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        named = find(path)
        inside = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
        if not inside and named == path and not isinstance(named, Shipped):
            raise UsageError(f"{path}: there is no .yaml file in this directory")
        files += inside or [named]
    return list(dict.fromkeys(files))


def check(
    file: Path,
    overrides: Sequence[str | Override] = (),
    *,
    batch: int | None = None,
    needs_data: bool = False,
) -> Checked:
    """Everything that can be said about a file; that it cannot be read is a problem too.

    batch: images of a step, instead of the file's train.batch_size. needs_data: a file without a
    data set has a problem. Raises UsageError for an override that is none.
    """
    file = find(file)
    try:
        text = read_source(file).text
    except ConfigError as error:
        return Checked(str(file), error.problems)
    except UsageError as error:
        message = str(error).removeprefix(f"{file}: ")
        return Checked(str(file), [Problem(Place(str(file)), "", message)])
    return check_text(text, file, overrides, batch=batch, needs_data=needs_data)


def check_text(
    text: str,
    file: Path,
    overrides: Sequence[str | Override] = (),
    *,
    batch: int | None = None,
    needs_data: bool = False,
    read: Read = read_below,
) -> Checked:
    """The same for a text that is read already: specification, data, graph, rules, limits.

    read: gives the files of blocks that it names.
    """
    try:
        spec = loaded = load_text(text, file, overrides, read=read)
        more = [*both_remedies(spec), *(no_data(spec) if needs_data else ())]
        spec, description, data_error = _with_data(replace(spec, problems=(*spec.problems, *more)))
        if loaded.needs_images and description:
            sized = load_text(text, file, overrides, description.size, read)
            more = [*sized.problems, *spec.problems[len(loaded.problems) :]]
            spec = replace(sized, data=spec.data, problems=tuple(more))
    except ConfigError as error:
        return Checked(str(file), error.problems)
    names = description.classes if description else None
    has_own = description.has_validation if description else None
    more = [*metric_problems(spec, has_own), *class_weight_problems(spec, names)]
    spec = replace(spec, problems=(*spec.problems, *more))
    image, classes = (description.size, len(description.classes)) if description else (None, None)
    graph = build(spec, image, classes)
    checked = Checked(str(file), graph.problems, spec, graph, data_error=data_error)
    if checked.valid:
        image = graph.image
        more = [*group_problems(spec, graph), *border_problems(spec, image)]
        more += [*channel_problems(spec, image), *start_problems(spec, graph)]
        checked = replace(checked, problems=(*graph.problems, *more))
    if not checked.valid:
        return checked
    own = Step.of(spec, graph, spec.train.batch_size)
    step = own if batch is None else Step.of(spec, graph, batch)
    return replace(checked, step=step, over=tuple(limit_problems(spec, graph, own.memory)))


def check_recorded(text: str, file: Path) -> Checked:
    """The complete configuration of a run, which has passed all of that: its shapes alone.

    Its data set need not be there, and a converted network has no longer every layer that
    train.groups name. Blocks are written out in it: no other file is opened.
    """
    try:
        spec = load_text(text, file, read=_read_none)
    except ConfigError as error:
        return Checked(str(file), error.problems)
    graph = build(spec, None, None)
    return Checked(str(file), graph.problems, spec, graph)


def _read_none(path: Path, folder: Path) -> Source:
    raise UsageError("a run's own configuration has its blocks written out, and names no file")


def place_problems(error: ConfigError, spec: Specification) -> list[Problem]:
    """Problems that the data package found in a section, at their lines in the file."""
    return [replace(p, place=spec.place(*p.path.split("."))) for p in error.problems]


def _with_data(
    spec: Specification,
) -> tuple[Specification, Description | None, DataError | None]:
    """What the data set is like; where nothing is known of it, why, and a problem more."""
    if spec.data is None:
        return spec, None, None
    from cnncli.data.catalogue import describe
    from cnncli.datasets.sets import data_sets

    description: Description | None = None
    missing: DataError | None = None
    try:
        return spec, describe(spec.data), None
    except ConfigError as error:
        problems, description = place_problems(error, spec), data_sets()[spec.data.name].description
    except DataError as error:
        if is_section_wrong(spec):  # and reported: no more is known of it than of none
            return replace(spec, data=None), None, error
        if _takes_size_from_data(spec):
            found = Problem(spec.place("data"), "data", str(error))
            return replace(spec, data=None, problems=(*spec.problems, found)), None, error
        message = f"{error}.\nThe network is checked without its data set."
        problems, missing = [Problem(spec.place("data"), "data", message, "warning")], error
    return replace(spec, problems=(*spec.problems, *problems)), description, missing


def _takes_size_from_data(spec: Specification) -> bool:
    """Whether nothing can be said of the network without the images."""
    first = spec.layers[0].layer if spec.layers else None
    return isinstance(first, Input) and first.size is None
