"""`cnn shapes`: checks configurations without reading an image, and shows their layers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from cnncli.data.catalogue import NAMED, Description, describe
from cnncli.engine.cores import available_threads
from cnncli.errors import ConfigError, DataError, Place, Problem, UsageError
from cnncli.graph.build import build
from cnncli.graph.memory import training_step
from cnncli.graph.network import Graph
from cnncli.report.checked import Checked, Step
from cnncli.report.github import annotations
from cnncli.report.layers import report
from cnncli.report.machine import as_json as json_text
from cnncli.report.sarif import as_sarif
from cnncli.spec.load import load
from cnncli.spec.specification import Specification

from .options import PATH, set_option

FORMATS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "text": lambda results: "\n\n".join(map(report, results)),
    "json": json_text,
    "github": annotations,
    "sarif": as_sarif,
}


@click.command()
@click.argument("configs", nargs=-1, metavar="[CONFIG]...", type=PATH)
@click.option("--format", "style", type=click.Choice(list(FORMATS)), default="text")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--batch", type=click.IntRange(min=1), help="Images in a step, to count its memory.")
@click.option("--warnings-as-errors", is_flag=True, help="Exit with 2 for warnings too.")
@set_option
def shapes(
    configs: tuple[Path, ...],
    style: str,
    as_json: bool,
    batch: int | None,
    warnings_as_errors: bool,
    overrides: tuple[str, ...],
) -> None:
    """Check configurations and show every layer's shape and cost.

    Without CONFIG: every configs/*.yaml. Problems of the text format go to standard error.
    Exit status 2 if a file has errors.

    \b
    cnn shapes configs/vgg16.yaml --batch 32
    cnn shapes --format github --warnings-as-errors
    """
    style = "json" if as_json else style
    files = configs or tuple(sorted(Path("configs").glob("*.yaml")))
    if not files:
        raise UsageError("there is no configs/*.yaml here; name the file to check")
    results = [check(file, overrides, batch) for file in files]
    if output := FORMATS[style](results):
        click.echo(output)
    if style == "text":
        for problem in (problem for checked in results for problem in checked.problems):
            warning = "warning: " if problem.severity == "warning" else ""
            click.echo(f"{warning}{problem}", err=True)
    bad = [c for c in results if not c.valid or (warnings_as_errors and c.problems)]
    if bad:
        raise click.exceptions.Exit(UsageError.exit_status)


def check(file: Path, overrides: Sequence[str], batch: int | None) -> Checked:
    """Everything that can be said about a file; a file that can not be read is a problem too."""
    try:
        spec = load(file, overrides)
    except ConfigError as error:
        return Checked(str(file), error.problems)
    except UsageError as error:
        message = str(error).removeprefix(f"{file}: ")
        return Checked(str(file), [Problem(Place(str(file)), "", message)])
    spec, description = _described(spec)
    image, classes = (description.size, len(description.classes)) if description else (None, None)
    graph = build(spec, image, classes)
    checked = Checked(str(file), graph.problems, spec, graph)
    return replace(checked, step=_step(spec, graph, batch)) if checked.valid else checked


def _described(spec: Specification) -> tuple[Specification, Description | None]:
    """What the data set is like; if that can not be told, the reason is one more problem."""
    if spec.data is None:
        return spec, None
    try:
        return spec, describe(spec.data)
    except DataError as error:
        message = f"{error}.\nThe network is checked without its data set."
        problems = [Problem(spec.place("data"), "data", message, "warning")]
        described = None
    except ConfigError as error:
        problems = [replace(p, place=spec.place(*p.path.split("."))) for p in error.problems]
        described = NAMED.get(spec.data.name)
    return replace(spec, problems=(*spec.problems, *problems)), described


def _step(spec: Specification, graph: Graph, batch: int | None) -> Step:
    images = batch or spec.train.batch_size
    threads = spec.train.threads or available_threads()
    memory = training_step(graph, images, threads=threads, optimizer=spec.train.optimizer)
    return Step(images, threads, memory)
