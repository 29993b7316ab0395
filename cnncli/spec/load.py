"""A configuration file, with overrides, to the typed specification. All faults at once."""

import gc
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TypeVar

from cnncli.layers.hyperparameters import Fit

from .architecture import read_architecture
from .data import DataSpec
from .document import Document
from .faults import Faults, show
from .limits import Limits
from .overrides import override
from .sections import TOP_LEVEL
from .shorthand import complete_unnamed, write_out
from .source import Source, decoded, read_source
from .specification import Specification
from .suggest import unknown_key
from .train import TrainSpec
from .validation import validate
from .yaml_source import parse_mapping

T = TypeVar("T")


def load(path: FilePath, overrides: Sequence[str] = ()) -> Specification:
    """Reads a configuration; what is wrong with its values is in the result's `problems`.

    Raises UsageError where the file can not be read or an override is no `key.path=value`,
    ConfigError where the text's syntax makes reading on impossible.
    """
    return _specification(read_source(path), path, overrides)


def load_text(text: str, path: FilePath, overrides: Sequence[str] = ()) -> Specification:
    """The same for a text from elsewhere than a file; `path` names it in messages."""
    source = decoded(text.encode("utf-8", "surrogatepass"), str(path))
    return _specification(source, path, overrides)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Reading makes many small objects and no cycles: looking for these takes up to a quarter."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_uncollected()
def _specification(source: Source, path: FilePath, overrides: Sequence[str]) -> Specification:
    faults = Faults()
    document = parse_mapping(source, faults)
    override(document, overrides, faults)
    write_out(document)
    complete_unnamed(document)
    for key in document.value:
        if key not in TOP_LEVEL:
            message = unknown_key(key, TOP_LEVEL, "the top level")
            faults.add(document.key_place((key,)), (key,), message)
    layers = read_architecture(document, faults)
    data = _section(DataSpec, "data", document, faults) if "data" in document.value else None
    train = _section(TrainSpec, "train", document, faults) if "train" in document.value else None
    limits = _section(Limits, "limits", document, faults) if "limits" in document.value else None
    fit = _fit(document, faults)
    return Specification(
        file=str(path),
        name=_name(document, faults) or _name_of_file(path),
        data=_with_root(data, document, path) if data else None,
        layers=layers,
        fit=fit,
        train=train or TrainSpec(),
        limits=limits or Limits(),
        problems=faults.sorted(),
        places=document.places,
    )


def _section(schema: type[T], key: str, document: Document, faults: Faults) -> T | None:
    """A section, typed. Its faults are reported, and what they concern holds its default."""
    value = document.value.get(key)
    given = {} if value is None else value
    typed, found = validate(schema, given, key)
    for fault in found:
        path = (key, *fault.path)
        place = document.key_place(path) if fault.at_key else document.place(path)
        faults.add(place, path, fault.message)
    if found and isinstance(given, dict):
        faulty = {fault.path[0] for fault in found if fault.path}
        sound = {name: element for name, element in given.items() if name not in faulty}
        typed, _ = validate(schema, sound, key)
    result: T | None = typed
    return result


def _fit(document: Document, faults: Faults) -> Fit:
    if "fit" not in document.value:
        return "strict"
    fit, found = validate(Fit, document.value["fit"], "fit")
    for fault in found:
        faults.add(document.place(("fit",)), ("fit",), fault.message)
    checked: Fit = fit or "strict"
    return checked


def _name(document: Document, faults: Faults) -> str | None:
    name = document.value.get("name")
    if name is None or (isinstance(name, str) and re.fullmatch(r"\w[\w.+ -]{0,99}", name)):
        return name
    message = f"name must be text of letters, digits, spaces and -_.+, not {show(name)}"
    if isinstance(name, int | float):
        message += "; put it in quotes"
    faults.add(document.place(("name",)), ("name",), message)
    return None


def _name_of_file(path: FilePath) -> str:
    return re.sub(r"[^\w.+ -]+", "-", path.stem).lstrip(".+ -")[:100] or "network"


def _with_root(data: DataSpec, document: Document, file: FilePath) -> DataSpec:
    """Paths are relative to the file; those of an override, to the current directory."""
    if data.root is None:
        return data
    in_file = document.place(("data", "root")).line is not None
    base = file.parent if in_file else FilePath()
    return replace(data, root=FilePath(os.path.abspath(base / os.path.expanduser(data.root))))
