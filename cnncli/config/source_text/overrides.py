"""`--set key.path=value`: values from the command line in place of the file's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import getitem
from typing import Any, TypeAlias

from cnncli.bounds import MAX_DEPTH, MAX_SHOWN_OVERRIDE
from cnncli.config.network.names import find_key, positional_key, read_word
from cnncli.config.sections import write_out
from cnncli.errors import UsageError
from cnncli.problems import ConfigError, Path, Place, write_path
from cnncli.text import printable, short, show

from .document import Document
from .values import parse_value
from .yaml_errors import TOO_DEEP

_INDEX = re.compile("[0-9]{1,9}")
_SYNTAX = "write --set key.path=value, like --set train.epochs=5"


def override(document: Document, texts: Sequence[str]) -> None:
    """Sets the values that the texts name, in order, and makes the sections that are missing.

    Raises UsageError where a text is not a `key.path=value`.
    """
    known: _Known = {}
    for text in texts:
        keys, equals, value = text.partition("=")
        parts = [part.strip() for part in keys.split(".")]
        place = Place(f"--set {short(printable(text), MAX_SHOWN_OVERRIDE + 4)}")
        if not equals or not all(parts):
            raise UsageError(f"{place}: {_SYNTAX}")
        if len(parts) > MAX_DEPTH:
            raise UsageError(f"{place}: {TOO_DEEP}")
        try:
            new = parse_value(value, place, document.problems)
        except ConfigError as error:
            raise UsageError(str(error)) from None
        write_out(document)
        try:
            path = _open(document, parts, place, known)
        except _NoSuchPlace as error:
            document.problems.add(place, "", str(error))
            continue
        document.graft(path, new)
        document.keys[path] = place


class _NoSuchPlace(Exception):
    """There is nothing that the override could set."""


@dataclass
class _Keys:
    """A mapping's keys, of which there may only come to be more, by their small letters."""

    holder: dict[str, Any]
    by_lower: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def alike(self, name: str) -> list[str]:
        """Those that are the name in any case."""
        if self.count < len(self.holder):
            for key in islice(self.holder, self.count, None):
                self.by_lower.setdefault(key.lower(), []).append(key)
            self.count = len(self.holder)
        return self.by_lower.get(name.lower(), [])


_Known: TypeAlias = dict[int, _Keys]
"""The keys of the mappings that were looked into, by identity: `holder` keeps that theirs."""


def _open(document: Document, parts: list[str], place: Place, known: _Known) -> Path:
    """The path that the parts name, with everything on the way to it made a mapping or list."""
    path: Path = ()
    for i, part in enumerate(parts):
        holder = reduce(getitem, path, document.value)
        path = (*path, _key(holder, part, path, known))
        if i < len(parts) - 1:
            value = holder.get(path[-1]) if isinstance(holder, dict) else holder[path[-1]]
            if not isinstance(value, dict | list):
                holder[path[-1]] = _write_out_value(document, value, path, parts[i + 1])
                document.places.setdefault(path, place)
                document.keys.setdefault(path, place)
    return path


def _key(holder: Any, part: str, path: Path, known: _Known) -> str | int:
    """The key or index in the holder that a part of the override means."""
    if isinstance(holder, list):
        if _INDEX.fullmatch(part) and int(part) < len(holder):
            return int(part)
        last = len(holder) - 1
        raise _NoSuchPlace(f"{write_path(path)} has elements 0 to {last}, there is no {show(part)}")
    if part in holder:
        return part
    alike = known.setdefault(id(holder), _Keys(holder)).alike(part)
    if len(alike) != 1:
        family = read_word(str(path[-1])).family if len(path) > 1 else None
        meant = find_key(family, part) if family else None
        alike = [key for key in holder if family and meant and find_key(family, key) == meant]
    return alike[0] if alike else part


def _write_out_value(document: Document, value: Any, path: Path, inside: str) -> dict[str, Any]:
    """The mapping that a value is short for, for an override of a key inside it."""
    if value is None:
        return {}
    place = document.place(path)
    if path[0] in ("architecture", "defaults"):
        if isinstance(value, str) and value.strip().lower() == inside.lower():
            document.places[(*path, inside)] = document.keys[(*path, inside)] = place
            return {inside: None}
        family = read_word(str(path[-1])).family
        if family and (key := positional_key(family)):
            document.places[(*path, key)] = document.keys[(*path, key)] = place
            return {key: value}
    if path == ("architecture",):
        raise _NoSuchPlace("the architecture is a pattern, not a list; set defaults.conv.K instead")
    raise _NoSuchPlace(f"{write_path(path)} is {show(value)}, which has no {show(inside)} in it")
