"""`cnn shapes`: checks configurations without reading an image, and shows their layers."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from cnncli.api.network import Network
from cnncli.check.check import files_of
from cnncli.check.result import Checked
from cnncli.errors import TargetMissed, UsageError
from cnncli.layers.input import Input
from cnncli.report.layout.parts import page
from cnncli.report.shapes.annotations import annotations, sarif
from cnncli.report.shapes.columns import select_columns
from cnncli.report.shapes.layer_table import report
from cnncli.report.shapes.shapes_json import shapes_json
from cnncli.text import ForeignPath

from . import completers
from .echo import echo, echo_commands, say, say_problems, show
from .options import AT_LEAST_ONE, PATH, set_option, wide_option
from .styles import edits, title

GITHUB = "github"
FORMATS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "json": shapes_json,
    GITHUB: annotations,
    "sarif": sarif,
}
TEXT = "text"
ALL = "all"


@click.command()
@click.argument(
    "configs",
    nargs=-1,
    metavar="[CONFIG|DIRECTORY]...",
    type=PATH,
    shell_complete=completers.configurations,
)
@click.option(
    "--format",
    "style",
    type=click.Choice([TEXT, *FORMATS]),
    default=TEXT,
    help="How results are written; github and sarif are for build servers.",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--batch", type=AT_LEAST_ONE, help="Images in a step, to count its memory.")
@click.option(
    "--columns",
    metavar="NAME,...",
    shell_complete=completers.columns,
    help="Columns of the table, like layer,output,im2row; or all.",
)
@click.option(
    "--explain",
    metavar="LAYER",
    shell_complete=completers.layers,
    help="Explain one layer, with formulas and numbers.",
)
@click.option("--sizes", is_flag=True, help="List the image sizes that fit strictly.")
@click.option(
    "--fix",
    is_flag=False,
    flag_value=ALL,
    metavar="[NUMBER]",
    help="Write the first fix of every problem into the file, or the one of that number.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show problems only, no tables.")
@click.option("--warnings-as-errors", is_flag=True, help="Exit with 2 for warnings too.")
@set_option
@wide_option
def shapes(
    configs: tuple[Path, ...],
    style: str,
    as_json: bool,
    batch: int | None,
    columns: str | None,
    explain: str | None,
    sizes: bool,
    fix: str | None,
    quiet: bool,
    warnings_as_errors: bool,
    overrides: tuple[str, ...],
) -> None:
    """Check configurations and show every layer's shape and cost.

    Without CONFIG: every configs/*.yaml; a DIRECTORY stands for all YAML files in it, but for files
    of blocks. Problems of the text format go to standard error. Exit status 2 if a file has errors,
    1 if a network goes over a limit of its file.

    \b
    cnn shapes configs/vgg16.yaml --batch 32
    cnn shapes --format github --warnings-as-errors
    cnn shapes configs/alexnet.yaml --explain conv1
    cnn shapes --fix network.yaml
    """
    style = "json" if as_json else style
    if fix is not None and fix != ALL and not fix.isdecimal():
        if not (os.path.exists(fix) or fix.endswith((".yaml", ".yml"))):
            raise UsageError(f"--fix takes the number of a fix, or nothing; {fix!r} is neither")
        configs, fix = (ForeignPath(fix), *configs), ALL  # what follows --fix was a file
    if style != TEXT and (columns or explain):
        raise UsageError("--columns and --explain are for the text format; leave --format out")
    names = select_columns(columns) if columns else None
    files = files_of(configs)
    if explain is not None and len(files) != 1:
        raise UsageError("--explain shows a layer of one network; name one file")
    if fix is not None:
        results = _fix(files, fix, overrides)
    else:
        results = [Network(file, set=overrides, batch=batch).checked for file in files]
    results = list(_without_blocks(configs, files, results))
    if sizes:
        results = [_find_sizes(checked) for checked in results]
    if explain is not None:
        _explain(results[0], explain)
    elif style == TEXT and results and not quiet:
        show(page(*(report(checked, names) for checked in results), apart=True))
    elif style != TEXT and (output := FORMATS[style](results)):
        (echo_commands if style == GITHUB else echo)(output)
    for checked in results if style == TEXT else ():
        if found := [*checked.problems, *checked.over]:
            say_problems(found)
    if any(not c.valid or (warnings_as_errors and c.problems) for c in results):
        raise click.exceptions.Exit(UsageError.exit_status)
    if any(checked.over for checked in results):
        raise click.exceptions.Exit(TargetMissed.exit_status)


def _without_blocks(
    configs: Sequence[Path], files: Sequence[Path], results: Sequence[Checked]
) -> Iterator[Checked]:
    """All but files of blocks in the directories that were given, which are named instead."""
    for file, checked in zip(files, results, strict=True):
        if checked.holds_only_blocks and file not in configs:
            say(f"{file}: holds blocks for other files; passed over")
        else:
            yield checked


def _explain(checked: Checked, layer: str) -> None:
    from cnncli.report.shapes.explain import explain

    if checked.spec and checked.graph:
        show(explain(checked.spec, checked.graph, layer), title)


def _fix(files: Sequence[Path], which: str, overrides: Sequence[str]) -> list[Checked]:
    from cnncli.check.fix import fix_file

    if overrides:
        raise UsageError("--fix writes into the file, which --set is not in; leave one of them out")
    if which != ALL and len(files) != 1:
        raise UsageError(f"--fix {which} is the number of a fix in one file; name only that file")
    results = []
    for file in files:
        fixed = fix_file(file, None if which == ALL else int(which), say)
        if fixed.diff:
            echo(fixed.diff, edits, err=True)
        results.append(fixed.checked)
    return results


def _find_sizes(checked: Checked) -> Checked:
    from cnncli.graph.costs.image_sizes import accepted_sizes

    if checked.spec is None or checked.graph is None or not checked.graph.nodes:
        return checked
    if not isinstance(checked.spec.layers[0].layer, Input):
        return checked
    return replace(checked, sizes=accepted_sizes(checked.spec, checked.graph.image))
