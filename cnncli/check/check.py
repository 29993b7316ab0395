"""Checking configuration files, for every command that shows or compares networks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnncli.config.load import load_text
from cnncli.config.source_text.source import read_source
from cnncli.config.specification import Specification
from cnncli.data.catalogue import describe
from cnncli.datasets.base import NAMED, Description
from cnncli.errors import DataError, UsageError
from cnncli.graph.build import build
from cnncli.graph.checks.network_rules import is_section_wrong
from cnncli.graph.costs.memory import training_step
from cnncli.graph.costs.totals import limit_problems
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.problems import ConfigError, Place, Problem

from .result import Checked, Step
from .rules import training_problems

_SUFFIXES = (".yaml", ".yml")


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and for a directory every YAML file below it; without paths, configs/*.yaml.

    Raises UsageError where a directory, or configs/, holds none.
    """
    if not paths:
        found = sorted(Path("configs").glob("*.yaml"))
        if not found:
            raise UsageError("there is no configs/*.yaml here; name the file to check")
        return found
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
        if not inside:
            raise UsageError(f"{path}: there is no .yaml file in this directory")
        files += inside
    return list(dict.fromkeys(files))


def check(file: Path, overrides: Sequence[str] = (), batch: int | None = None) -> Checked:
    """Everything that can be said about a file; a file that can not be read is a problem too."""
    try:
        text = read_source(file).text
    except ConfigError as error:
        return Checked(str(file), error.problems)
    except UsageError as error:
        message = str(error).removeprefix(f"{file}: ")
        return Checked(str(file), [Problem(Place(str(file)), "", message)])
    return check_text(text, file, overrides, batch)


def check_text(
    text: str, file: Path, overrides: Sequence[str] = (), batch: int | None = None
) -> Checked:
    """The same for a text that is read already. Raises UsageError for an override that is none."""
    try:
        spec = load_text(text, file, overrides)
    except ConfigError as error:
        return Checked(str(file), error.problems)
    spec, description = _described(spec)
    image, classes = (description.size, len(description.classes)) if description else (None, None)
    graph = build(spec, image, classes)
    checked = Checked(str(file), graph.problems, spec, graph)
    if checked.valid:
        problems = (*graph.problems, *training_problems(spec, graph))
        checked = replace(checked, problems=problems)
    if not checked.valid:
        return checked
    step = _step(spec, graph, batch)
    own = step if batch is None else _step(spec, graph, None)
    return replace(checked, step=step, over=tuple(limit_problems(spec, graph, own.memory)))


def _described(spec: Specification) -> tuple[Specification, Description | None]:
    """What the data set is like; if that can not be told, the reason is one more problem."""
    if spec.data is None:
        return spec, None
    try:
        return spec, describe(spec.data)
    except DataError as error:
        if is_section_wrong(spec):
            return replace(spec, data=None), None
        message = f"{error}.\nThe network is checked without its data set."
        problems = [Problem(spec.place("data"), "data", message, "warning")]
        described = None
    except ConfigError as error:
        problems = [replace(p, place=spec.place(*p.path.split("."))) for p in error.problems]
        described = NAMED.get(spec.data.name)
    return replace(spec, problems=(*spec.problems, *problems)), described


def _step(spec: Specification, graph: Graph, batch: int | None) -> Step:
    train = spec.train
    images, threads = batch or train.batch_size, train.threads or available_threads()
    memory = training_step(
        graph, images, threads=threads, optimizer=train.optimizer, parts=train.accumulate
    )
    return Step(images, threads, memory)
