"""The `defaults:` section: hyperparameters for every layer of a kind, or dealt out in order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnncli.config.source_text.document import Document
from cnncli.problems import Path, Problems
from cnncli.schema.validation import validate
from cnncli.text import show

from .builders import LayerWriter
from .items import Written
from .names import Family, read_word
from .variables import Variables


def read_defaults(
    document: Document, variables: Variables, problems: Problems
) -> list[LayerWriter]:
    """The section's values by kind; wrong ones are reported and left out."""
    section = document.value.get("defaults")
    if section is None:
        return []
    if not isinstance(section, dict):
        message = f"defaults must be a mapping, like {{conv: {{K: 32}}}}, not {show(section)}"
        problems.add(document.place(("defaults",)), ("defaults",), message)
        return []
    return [
        _read_kind(kind, given, document, variables, problems) for kind, given in section.items()
    ]


def _read_kind(
    kind: str, given: Any, document: Document, variables: Variables, problems: Problems
) -> LayerWriter:
    path = ("defaults", kind)
    writer = LayerWriter(kind, path, document.key_place(path), problems, word=read_word(kind))
    if isinstance(given, dict):
        for key, value in given.items():
            where = (*path, key)
            filled = variables.value(value)
            writer.keyed(key, filled, document.key_place(where), document.place(where))
    elif given is not None:
        writer.positional(variables.value(given), document.place(path))
    if writer.word.family:
        for key, value in list(writer.values.items()):
            if not _is_valid(writer, writer.word.family, key, value, document):
                del writer.values[key]
    return writer


def _is_valid(
    writer: LayerWriter, family: Family, key: str, value: Any, document: Document
) -> bool:
    """Whether a default, or each of a list of defaults, is a value of its hyperparameter."""
    valid = True
    where = _path(writer, key, document)
    for i, element in enumerate(value if isinstance(value, list) else [value]):
        _, found = validate(family, {key: element}, family.NAMES[0])
        for problem in found:
            if problem.path[:1] == (key,):
                inner = (*where, i) if isinstance(value, list) else where
                place = document.place(inner) if inner in document.places else writer.places[key]
                writer.problems.add(place, inner, problem.message)
                valid = False
    return valid


def _path(writer: LayerWriter, key: str, document: Document) -> Path:
    """Where a default stands: under its key as written, or as the kind's one value."""
    path = (*writer.path, writer.spellings[key])
    return path if path in document.places else writer.path


def apply_defaults(
    layers: Sequence[Written],
    defaults: Sequence[LayerWriter],
    document: Document,
    problems: Problems,
    check_lengths: bool,
) -> list[Written]:
    """The layers with the defaults of their kind, which what is given for a layer overrules."""
    filled = list(layers)
    for writer in defaults:
        family = writer.word.family
        if family is None:
            continue
        members = [i for i, layer in enumerate(filled) if layer.family is family]
        if family.SCORES:
            members = members[:-1]
        for key, value in writer.values.items():
            where = _path(writer, key, document)
            dealt = value if isinstance(value, list) else [value] * len(members)
            if len(dealt) != len(members):
                if check_lengths:
                    message = _wrong_length(key, len(dealt), family, len(members))
                    problems.add(writer.places[key], where, message)
                continue
            for n, (i, element) in enumerate(zip(members, dealt, strict=True)):
                layer = filled[i]
                place = document.places.get((*where, n), writer.places[key])
                filled[i] = replace(
                    layer,
                    values={key: element} | dict(layer.values),
                    places={key: place} | dict(layer.places),
                )
    return filled


def _wrong_length(key: str, given: int, family: Family, needed: int) -> str:
    name = family.NAMES[0]
    values = f"{given} value" + "s" * (given != 1)
    layers = f"{needed} {name} layer" + "s" * (needed != 1)
    if family.SCORES:
        layers += f" besides the last {name}, which gives the class scores"
    return f"{key} has {values}, but the network has {layers}"
