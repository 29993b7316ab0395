"""The `defaults:` section: hyperparameters for every layer of a kind, or dealt out in order."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnncli.config.expression.given import Bound
from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin, Site
from cnncli.config.translation.meanings import report_form, rewrite
from cnncli.layers.meant import Meant
from cnncli.problems import Path
from cnncli.schema.validation import validate

from .names import Family, read_word, unknown_layer
from .origins import Frame
from .variables import Variables
from .written import WrittenLayer


def read_defaults(document: Document, variables: Variables) -> list[WrittenLayer]:
    """The section's values by kind; wrong ones are reported and left out."""
    section = document.section("defaults", "{conv: {K: 32}}")
    return [_read_kind(kind, given, document, variables) for kind, given in section.items()]


def _read_kind(kind: str, given: Any, document: Document, variables: Variables) -> WrittenLayer:
    path = ("defaults", kind)
    place, problems = document.key_place(path), document.problems
    written = WrittenLayer(kind, path, place, problems, word=read_word(kind))
    family = written.word.family
    if family is None:
        written.report(written.place, unknown_layer(kind))
    written.set_values(given, document, variables)
    for key, each in written.given.items():
        if isinstance(each.value, Bound):
            written.report(written.places[key], each.value.refused("a default"), key)
    report_form(written)
    for key, value in list(written.values.items()):
        if family and not _is_valid(written, family, key, value, document):
            del written.values[key]
    return written


def _is_valid(
    written: WrittenLayer, family: Family, key: str, value: Any, document: Document
) -> bool:
    """Whether a default, or each of a list of defaults, is a value of its hyperparameter.

    What is written as in another program is reported, and has its meaning from here on.
    """
    valid = True
    where = _path(written, key, document)
    for i, element in enumerate(value if isinstance(value, list) else [value]):
        _, found = validate(family, {key: element}, family.spelling.name)
        for problem in found:
            if problem.path[:1] == (key,):
                inner = (*where, i) if isinstance(value, list) else where
                place = document.place(inner) if inner in document.places else written.places[key]
                if meant := problem.meant:
                    whole = meant.value
                    if isinstance(value, list):
                        whole = written.values[key] = [*written.values[key]]
                        whole[i] = meant.value
                    written.values[key] = whole
                    meant = Meant("", whole, meant.note)
                valid = valid and meant is not None
                fixes = rewrite(written, key, meant, document)
                written.problems.add(place, inner, written.explain(problem, i), fixes=fixes)
    return valid


def _path(written: WrittenLayer, key: str, document: Document) -> Path:
    """Where a default stands: under its key as written, or as the kind's one value."""
    path = (*written.path, written.spellings[key])
    return path if path in document.places else written.path


def default_values(defaults: Sequence[WrittenLayer], family: Family, n: int) -> dict[str, Any]:
    """The values by default of the n-th layer of a family, from 0, which is not the last one."""
    found: dict[str, Any] = {}
    for given in defaults:
        if given.word.family is family:
            for key, value in given.values.items():
                if not isinstance(value, list):
                    found[key] = value
                elif n < len(value):
                    found[key] = value[n]
    return found


def apply_defaults(
    layers: Sequence[WrittenLayer],
    defaults: Sequence[WrittenLayer],
    frame: Frame,
    check_lengths: bool,
) -> None:
    """Gives the layers the defaults of their kind where they have no value of their own.

    frame: what names stand for in the defaults.
    """
    document = frame.document
    for given in defaults:
        family = given.word.family
        if family is None:
            continue
        members = [layer for layer in layers if layer.word.family is family]
        if family.is_classifier:
            members = members[:-1]
        for key, value in given.values.items():
            where = _path(given, key, document)
            dealt = value if isinstance(value, list) else [value] * len(members)
            if len(dealt) != len(members):
                if check_lengths:
                    message = _wrong_length(key, len(dealt), family, len(members))
                    document.problems.add(given.places[key], where, message)
                continue
            for n, (layer, element) in enumerate(zip(members, dealt, strict=True)):
                if key not in layer.values and key not in layer.asks:
                    layer.values[key] = element
                    layer.places[key] = document.places.get((*where, n)) or given.places[key]
                    layer.searches[key] = partial(_origin, given, key, n, frame)


def _origin(given: WrittenLayer, key: str, n: int, frame: Frame) -> Origin | None:
    """Where the value is written that the n-th layer has by default.

    None for a number that is dealt out: a value of the layer's own comes in its place.
    """
    formula, names = given.given[key].formula, given.given[key].names
    if isinstance(given.values[key], list):
        return frame.origin(formula[n], names) if isinstance(formula, list) else None
    if formula is not None:
        return frame.origin(formula, names)
    return frame.constant(Site(given.path), key, given.places[key], given.place)


def _wrong_length(key: str, given: int, family: Family, needed: int) -> str:
    name = family.spelling.name
    values = f"{given} value" + "s" * (given != 1)
    layers = f"{needed} {name} layer" + "s" * (needed != 1)
    if family.is_classifier:
        layers += f" besides the last {name}, which gives the class scores"
    return f"{key} has {values}, but the network has {layers}"
