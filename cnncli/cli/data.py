"""`cnn data`: which sets there are, where they lie, and whether they are what they should be."""

from dataclasses import replace
from pathlib import Path

import click

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import data_root, section
from cnncli.data.load import load, place
from cnncli.datasets.base import NamedSet
from cnncli.datasets.dataset import Dataset
from cnncli.datasets.problems import damaged_files
from cnncli.datasets.published import check_counts, check_files, fetch_set
from cnncli.datasets.sets import data_sets
from cnncli.errors import UsageError
from cnncli.files import write_whole
from cnncli.report.contact_sheet import contact_sheet
from cnncli.report.datasets import (
    contents,
    contents_text,
    files,
    known,
    list_text,
    outline_text,
    place_text,
    source_text,
)
from cnncli.text import join_words, json_text

from . import completers
from .echo import echo, say, show
from .options import NAME, PATH, Output, output_option, wide_option
from .styles import notices
from .suggestions import SuggestingGroup

root_option = click.option(
    "--root",
    type=PATH,
    help="Where the files are; else $CNN_DATA, data if it holds the set, or the user's cache.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
set_argument = click.argument("set_", metavar="SET", type=NAME, shell_complete=completers.sets)


@click.group("data", cls=SuggestingGroup)
def data() -> None:
    """List, fetch, check and show data sets.

    SET is the name of a set, or a configuration file whose set is meant.

    \b
    cnn data list
    cnn data fetch cifar10 mnist
    cnn data info cifar10 --sheet cifar10.png
    cnn data verify configs/cifar.yaml
    """


@data.command("list")
@root_option
@json_option
@wide_option
def list_command(root: Path | None, as_json: bool) -> None:
    """List the sets that are known by name."""
    sets = [
        known(data_set, _place(DataSpec(name=name, root=root)))
        for name, data_set in data_sets().items()
        if isinstance(data_set, NamedSet)
    ]
    if as_json:
        echo(json_text([each._asdict() for each in sets]))
    else:
        show(list_text(sets))


@data.command()
@click.argument(
    "sets", metavar="SET...", type=NAME, nargs=-1, required=True, shell_complete=completers.sets
)
@root_option
@click.option(
    "--mirror",
    type=NAME,
    metavar="URL",
    help="Fetch from there (also file:///FOLDER); else $CNN_DATA_MIRROR.",
)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def fetch(sets: tuple[str, ...], root: Path | None, mirror: str | None, no_progress: bool) -> None:
    """Fetch published sets; what is there already stays."""
    for spec in [section(name, root) for name in sets]:
        if not data_sets()[spec.name].files:
            names = [name for name, data_set in data_sets().items() if data_set.files]
            raise UsageError(f"{spec.name} is not fetched; {join_words(names)} are")
        if found := place(spec):
            show(f"{spec.name}: is there already: {found}")
            continue
        folder, bar = data_root(spec), not no_progress
        data_set = data_sets()[spec.name]
        for path in fetch_set(data_set, folder, notify=say, mirror=mirror, progress=bar):
            show(f"{spec.name}: {path}")


@data.command()
@set_argument
@root_option
def verify(set_: str, root: Path | None) -> None:
    """Check a set's files: checksums, sizes, labels.

    Files that are there as their authors published them are compared with the known checksums;
    then everything is read. Exits with 3 where something is missing or damaged; of a folder's
    images all that are damaged are named.
    """
    spec = section(set_, root)
    data_set = data_sets()[spec.name]
    for path in check_files(data_set, data_root(spec)):
        show(f"{path}: size and SHA-256 as published")
    spec = replace(spec, validation=0, limit=None)
    if "damaged" in data_set.options:
        spec = replace(spec, damaged="skip")
    dataset = _load(spec)
    where = place_text(spec.name, _place(spec))
    if dataset.damaged:
        raise damaged_files(where, dataset.damaged)
    found = check_counts(data_set, dataset, place(spec))
    for remark in dataset.remarks:
        show(remark, notices)
    show(f"{spec.name}: {found[0]:,} images to train, {found[1]:,} to test, all readable: {where}")


@data.command()
@set_argument
@root_option
@output_option("--sheet", metavar="FILE.png", help="Draw images of each class.")
@json_option
@wide_option
def info(set_: str, root: Path | None, sheet: Output | None, as_json: bool) -> None:
    """Show what a set holds and where it comes from."""
    spec = section(set_, root)
    where, data_set = _place(spec), data_sets()[spec.name]
    dataset = _load(spec) if where or sheet or not data_set.files else None
    found = contents(dataset) if dataset else None
    if as_json:
        values = {
            "name": spec.name,
            "place": where,
            "home": data_set.home or None,
            "files": files(data_set),
            "contents": found._asdict() if found else None,
        }
        echo(json_text(values))
    else:
        show(f"{spec.name}: {place_text(spec.name, where)}")
        if data_set.files:
            show(source_text(data_set))
        show(contents_text(found) if found else outline_text(data_set))
    if sheet and dataset and found:
        image = contact_sheet(dataset, found.range)
        write_whole(sheet.path, image, replace=sheet.replace, notify=say)
        say(f"written to {sheet.path}")


def _place(spec: DataSpec) -> str | None:
    found = place(spec)
    return str(found) if found else None


def _load(spec: DataSpec) -> Dataset:
    return load(replace(spec, stand_in=None), download=False, notify=say)
