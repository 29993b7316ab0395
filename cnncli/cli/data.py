"""`cnn data`: which sets there are, where they lie, and whether they are what they should be."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import click
import numpy as np

from cnncli.config.data import DataName, DataSpec
from cnncli.config.load import load as load_configuration
from cnncli.data.catalogue import data_root
from cnncli.data.channel_stats import channel_stats
from cnncli.data.load import load, place
from cnncli.datasets.base import COUNTS, NAMED
from cnncli.datasets.dataset import Dataset, Split
from cnncli.datasets.download.published_file import Remote
from cnncli.datasets.sets.published import PUBLISHED, check_files, fetch_set
from cnncli.errors import DataError, UsageError
from cnncli.files import write_whole
from cnncli.geometry import Volume
from cnncli.report.contact_sheet import contact_sheet
from cnncli.report.datasets import (
    Contents,
    File,
    Known,
    contents_json,
    contents_text,
    list_text,
    shown_place,
    source_text,
)
from cnncli.text import closest, join_words

from .options import PATH

_SHOWN = 10
"""Images of a class on a contact sheet."""

root_option = click.option("--root", type=PATH, help="Where the files are; else $CNN_DATA or data.")
json_option = click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
set_argument = click.argument("set_", metavar="SET")


@click.group("data")
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
def list_command(root: Path | None, as_json: bool) -> None:
    """List the sets that are known by name."""
    sets = []
    for name, (size, classes) in NAMED.items():
        spec = DataSpec(name=name, root=root)  # type: ignore[arg-type]
        download = PUBLISHED[name].size if name in PUBLISHED else None
        sets.append(Known(name, size, len(classes), *COUNTS[name], download, _place(spec)))
    if as_json:
        found = [known._asdict() | {"size": list(known.size)} for known in sets]
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(list_text(sets))


@data.command()
@click.argument("sets", metavar="SET...", nargs=-1, required=True)
@root_option
@click.option(
    "--mirror", metavar="URL", help="Fetch from there (also file:///FOLDER); else $CNN_DATA_MIRROR."
)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def fetch(sets: tuple[str, ...], root: Path | None, mirror: str | None, no_progress: bool) -> None:
    """Fetch published sets; what is there already stays."""
    for spec in [_spec(name, root) for name in sets]:
        if spec.name not in PUBLISHED:
            raise UsageError(f"{spec.name} is not fetched; {join_words(tuple(PUBLISHED))} are")
        if found := place(spec):
            click.echo(f"{spec.name}: is there already: {found}")
            continue
        folder, bar = data_root(spec.root), not no_progress
        for path in fetch_set(spec.name, folder, notify=_say, mirror=mirror, progress=bar):
            click.echo(f"{spec.name}: {path}")


@data.command()
@set_argument
@root_option
def verify(set_: str, root: Path | None) -> None:
    """Check a set's files: checksums, sizes, labels.

    Files that are there as their authors published them are compared with the known checksums;
    then everything is read. Exits with 3 where something is missing or damaged.
    """
    spec = _spec(set_, root)
    for path in check_files(spec.name, data_root(spec.root)) if spec.name in PUBLISHED else ():
        click.echo(f"{path}: size and SHA-256 as published")
    dataset = _loaded(replace(spec, validation=0, limit=None))
    found = len(dataset.train.labels), len(dataset.test.labels)
    expected = COUNTS.get(spec.name, found)
    if found != expected:
        raise DataError(
            f"{place(spec)}: expected {expected[0]:,} images to train and {expected[1]:,} to "
            f"test, found {found[0]:,} and {found[1]:,}; get the set again"
        )
    where = shown_place(spec.name, _place(spec))
    click.echo(
        f"{spec.name}: {found[0]:,} images to train, {found[1]:,} to test, all readable: {where}"
    )


@data.command()
@set_argument
@root_option
@click.option("--sheet", type=PATH, metavar="FILE.png", help="Draw images of each class.")
@json_option
def info(set_: str, root: Path | None, sheet: Path | None, as_json: bool) -> None:
    """Show what a set holds and where it comes from."""
    spec = _spec(set_, root)
    where, known = _place(spec), PUBLISHED.get(spec.name)
    dataset = _loaded(spec) if where or spec.name == "patterns" or not known or sheet else None
    contents = _contents(dataset) if dataset else None
    if as_json:
        values = {
            "name": spec.name,
            "place": where,
            "home": known.home if known else None,
            "files": [_file(r)._asdict() for r in known.remotes] if known else [],
            "contents": contents_json(contents) if contents else None,
        }
        click.echo(json.dumps(values, indent=2))
    else:
        click.echo(f"{spec.name}: {shown_place(spec.name, where)}")
        if known:
            click.echo(source_text(known.home, known.places, [_file(r) for r in known.remotes]))
        click.echo(contents_text(contents) if contents else _outline(spec.name))
    if sheet and dataset:
        write_whole(sheet, contact_sheet(_rows(dataset)))
        click.echo(f"written to {sheet}", err=True)


def _spec(name: str, root: Path | None) -> DataSpec:
    """The `data:` section that a set's name or a configuration file stands for."""
    names = get_args(DataName)
    if name in names:
        return DataSpec(name=name, root=root)  # type: ignore[arg-type]
    path = Path(name)
    if not path.exists() and path.suffix not in (".yaml", ".yml"):
        found = closest(name, names)
        hint = f"did you mean {found}?" if found else f"the sets are {join_words(names)}"
        raise UsageError(f"no set and no file is called {name!r}; {hint}")
    spec = load_configuration(path)
    spec.check()
    if spec.data is None:
        raise UsageError(f"{path}: names no data set; add data: cifar10 or another")
    return replace(spec.data, root=root) if root else spec.data


def _place(spec: DataSpec) -> str | None:
    found = place(spec)
    return str(found) if found else None


def _loaded(spec: DataSpec) -> Dataset:
    return load(replace(spec, stand_in=None), download=False, notify=_say)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _file(remote: Remote) -> File:
    return File(remote.base + remote.file, remote.size, remote.sha256)


def _outline(name: str) -> str:
    """What is known of a set that is not there."""
    size, classes = NAMED[name]
    train, test = COUNTS[name]
    return (
        f"{size}, {len(classes)} classes: train {train:,} images, test {test:,} images; "
        f"`cnn data fetch {name}` gets it"
    )


def _contents(dataset: Dataset) -> Contents:
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    stats = channel_stats(dataset.train)
    _, height, width, depth = dataset.train.images.shape
    return Contents(
        Volume(width, height, depth),
        dataset.classes,
        {name: _counts(split, dataset) for name, split in splits.items() if split},
        stats.mean,
        stats.std,
        dataset.digest,
    )


def _counts(split: Split, dataset: Dataset) -> list[int]:
    counts: list[int] = np.bincount(split.labels, minlength=len(dataset.classes)).tolist()
    return counts


def _rows(dataset: Dataset) -> list[tuple[str, np.ndarray]]:
    images, labels = dataset.train
    return [
        (name, np.asarray(images[np.flatnonzero(labels == k)[:_SHOWN]]))
        for k, name in enumerate(dataset.classes)
    ]
