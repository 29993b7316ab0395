"""A configuration file, with overrides, to the typed specification. All problems at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from cnncli.config.network.architecture import read_architecture
from cnncli.config.network.block_files import add_block_files
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.overrides import override
from cnncli.config.source_text.source import Read, Source, decode, read_below, read_source
from cnncli.config.source_text.values import parse_mapping, values_budget
from cnncli.geometry import Volume
from cnncli.layers.base import Context
from cnncli.layers.fields import Fit
from cnncli.lazy import pause_collection
from cnncli.problems import Path, Problems
from cnncli.schema.describe import is_section
from cnncli.schema.validation import validate
from cnncli.shipped.configurations import Shipped, find
from cnncli.text import ForeignPath, show, unknown_key

from .limits import Limits
from .sections import TOP_LEVEL, complete_unnamed, other_homes, write_out
from .specification import Override, Specification
from .train import TrainSpec

if TYPE_CHECKING:
    from .data import DataSpec


def load(path: FilePath, overrides: Sequence[str | Override] = ()) -> Specification:
    """Reads a configuration; what is wrong with its values is in the result's `problems`.

    Raises UsageError where the file cannot be read or an override is not a `key.path=value`,
    ConfigError where the text's syntax makes reading on impossible.
    """
    path = find(path)
    return load_text(read_source(path).text, path, overrides)


@pause_collection()
def load_text(
    text: str,
    path: FilePath,
    overrides: Sequence[str | Override] = (),
    image: Volume | None = None,
    read: Read = read_below,
) -> Specification:
    """The same for a text from elsewhere than a file; `path` names it in messages.

    image: the size of the data set's images, for a file whose `needs_images` is found to be so.
    read: gives the files of blocks that it names, which lie in the folder of `path`.
    """
    source = decode(text.encode("utf-8", "surrogatepass"), str(path))
    problems = Problems()
    document, others = _parse(source, path, problems, read)
    held = override(document, overrides)
    write_out(document)
    complete_unnamed(document)
    for key in document.value:
        if key not in TOP_LEVEL:
            message = unknown_key(key, TOP_LEVEL, other_homes(key, "the top level"))
            document.report((key,), message, at_key=True)
    fit: Fit = _section(Fit, "fit", document) or "strict"
    network = read_architecture(document, Context(fit, image=image))
    data = _data(document, path)
    train = _section(TrainSpec, "train", document)
    limits = _section(Limits, "limits", document)
    return Specification(
        file=str(path),
        name=_name(document, path),
        data=data,
        layers=network.layers,
        links=network.links,
        decisions=network.decisions,
        needs_images=network.needs_images,
        fit=fit,
        train=_with_start(train, document, path) if train else TrainSpec(),
        limits=limits or Limits(),
        problems=problems.in_order(),
        places=document.places,
        overrides=held,
        block_files=others,
    )


def block_files(path: FilePath) -> Mapping[str, str]:
    """The text of each file of blocks that a configuration names, by its name. Raises as `load`."""
    return _parse(read_source(path), path, Problems(), read_below)[1]


def _parse(
    source: Source, path: FilePath, problems: Problems, read: Read
) -> tuple[Document, Mapping[str, str]]:
    """The file's values, with the blocks of the files that it names, and the texts of those."""
    budget = values_budget()
    document = parse_mapping(source, problems, budget)
    file = path.source if isinstance(path, Shipped) else path
    return document, add_block_files(document, file, read, budget)


def _section(schema: Any, key: str, document: Document) -> Any:
    """A section, typed, if there is one. What its problems, reported, concern holds its default."""
    if key not in document.value:
        return None
    value = document.value[key]
    given = {} if value is None and is_section(schema) else value
    typed, found = validate(schema, given, key, other_homes)
    for problem in found:
        document.report((key, *problem.path), problem.message, at_key=problem.at_key)
    if found and isinstance(given, dict):
        wrong = {problem.path[0] for problem in found if problem.path}
        sound = {name: element for name, element in given.items() if name not in wrong}
        typed, _ = validate(schema, sound, key)
    return typed


def _name(document: Document, path: FilePath) -> str:
    """The name that is given, or else one from the file's."""
    name = document.value.get("name")
    if isinstance(name, str) and re.fullmatch(r"\w[\w.+ -]{0,99}", name):
        return name
    if name is not None:
        message = f"name must be text of letters, digits, spaces and -_.+, not {show(name)}"
        if isinstance(name, int | float):
            message += "; put it in quotes"
        document.report(("name",), message)
    return re.sub(r"[^\w.+ -]+", "-", path.stem).lstrip(".+ -")[:100] or "network"


def _data(document: Document, file: FilePath) -> DataSpec | None:
    """The section, whose root in a file that comes with the program is for the project's folder.

    Data sets and augmentations are imported for files that have one.
    """
    if "data" not in document.value:
        return None
    from .data import DataSpec

    data: DataSpec | None = _section(DataSpec, "data", document)
    if data is None or data.root is None:
        return data
    where = ("data", "root")
    if document.place(where).line is not None and isinstance(file, Shipped):
        return replace(data, root=None)
    return replace(data, root=_absolute(data.root, where, document, file))


def _with_start(train: TrainSpec, document: Document, file: FilePath) -> TrainSpec:
    if train.start is None:
        return train
    run = _absolute(train.start.run, ("train", "start", "run"), document, file)
    return replace(train, start=replace(train.start, run=run))


def _absolute(given: FilePath, where: Path, document: Document, file: FilePath) -> FilePath:
    """Paths are relative to the file; those of an override, to the current directory."""
    in_file = document.place(where).line is not None
    base = file.parent if in_file else FilePath()
    return ForeignPath(os.path.abspath(base / os.path.expanduser(given)))
