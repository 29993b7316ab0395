"""`--set key.path=value`: values from the command line in place of the file's."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from hashlib import sha256
from itertools import islice
from operator import getitem
from typing import Any, NamedTuple, TypeAlias

from cnncli.bounds import MAX_DEPTH, MAX_KEPT_VALUE, MAX_OVERRIDES
from cnncli.config.network.names import find_key, positional_key, read_word
from cnncli.config.sections import write_out
from cnncli.config.specification import Override
from cnncli.errors import UsageError
from cnncli.problems import ConfigError, Path, Place, write_path
from cnncli.text import printable, short, show

from .budget import Budget, size
from .document import Document
from .dump import flow
from .values import parse_value
from .yaml_errors import TOO_DEEP

_INDEX = re.compile("[0-9]{1,9}")
_SYNTAX = "write --set key.path=value, like --set train.epochs=5"
_ROOT = ("data", "root")


def override(document: Document, given: Sequence[str | Override]) -> tuple[Override, ...]:
    """Sets the values that the texts name, in order, and makes the sections that are missing.

    What an earlier command has set, and what was set inside that, is left out with a warning where
    the file has changed since. Returns what holds, without what another one covers. Raises
    UsageError where a text is not a `key.path=value`.
    """
    if len(given) > MAX_OVERRIDES:
        raise UsageError(f"more than {MAX_OVERRIDES:,} --set; write the values into the file")
    write_out(document)
    known: _Known = {}
    settings = _read(document, given, known)
    root_in_file = _as_json(_find(document, _ROOT, known)[1])
    held: list[Override] = []
    lapsed: dict[Path, _Setting] = {}
    for setting in settings:
        new, place = setting.override, setting.override.place
        is_inside = any(outer in lapsed for outer in _around(setting.path))
        if new.record and (setting.file != new.file or is_inside):
            lapsed[setting.path] = setting
            continue
        write_out(document)
        try:
            path = _open(document, setting.parts, place, known)
        except _NoSuchPlace as error:
            document.problems.add(place, "", str(error))
            continue
        document.graft(path, setting.value)
        document.keys[path] = place
        held.append(replace(new, file=setting.file, path=path))
        root = _root(path, setting.value.value)
        if root and not new.record:
            held.append(Override(f"data.root={flow(root)}", root_in_file, path=_ROOT))
    kept = _keep_uncovered(held)
    for path, setting in lapsed.items():
        if not setting.is_in_file and not any(outer in kept for outer in _around(path)):
            document.report(path, setting.lapse, "warning")
    return tuple(reversed(kept.values()))


class _Setting(NamedTuple):
    """An override, its parts, the path that they name in the file, and what stands there now."""

    override: Override
    parts: Sequence[str]
    value: Document
    path: Path
    file: str | None

    @property
    def is_in_file(self) -> bool:
        """Whether the file itself says now what was set."""
        value = self.value.value
        return self.file in (_as_json(value), _as_json({"name": value}))

    @property
    def lapse(self) -> str:
        """Why it holds no longer."""
        why = "what it was set in does not either"
        if self.override.file != self.file:
            had, has = (
                short(printable(text or "nothing")) for text in (self.override.file, self.file)
            )
            why = f"the file had {had} here, and has {has} now"
        return (
            f"{replace(self.override, record='').place} of an earlier command holds no longer, as "
            f"{why}.\nGive it again if it is to hold."
        )


def _read(document: Document, given: Sequence[str | Override], known: "_Known") -> list[_Setting]:
    """Each override beside the file as it is. Raises UsageError where one is none."""
    budget = Budget("values", "in all --set together")
    found: dict[Path, str | None] = {}
    settings = []
    for text in given:
        this = text if isinstance(text, Override) else Override(text)
        keys, equals, value = this.text.partition("=")
        parts = [part.strip() for part in keys.split(".")]
        if not equals or not all(parts):
            raise UsageError(f"{this.place}: {_SYNTAX}")
        if len(parts) > MAX_DEPTH:
            raise UsageError(f"{this.place}: {TOO_DEEP}")
        try:
            new = parse_value(value, this.place, document.problems)
        except ConfigError as error:
            raise UsageError(str(error)) from None
        if too_much := budget.spend(*size(new.value)):
            raise UsageError(f"{this.place}: {too_much}")
        path, there = _find(document, parts, known)
        if path not in found:
            found[path] = _as_json(there)
        settings.append(_Setting(this, parts, new, path, found[path]))
    return settings


def _find(document: Document, parts: Sequence[str], known: "_Known") -> tuple[Path, Any]:
    """The path that the parts name, and what stands there; or else what is in the way."""
    path: Path = ()
    value = document.value
    for i, part in enumerate(parts):
        try:
            holder = value
            if not isinstance(value, dict | list):
                holder = _write_out_value(document, value, path, part)
            key = _key(holder, part, path, known)
        except _NoSuchPlace:
            return (*path, *parts[i:]), value
        path = (*path, key)
        value = holder.get(key) if isinstance(holder, dict) else holder[key]
    return path, value


def _as_json(value: Any) -> str | None:
    """A value as it is kept and compared, a long one as a digest; None: there is none."""
    if value is None:
        return None
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= MAX_KEPT_VALUE else sha256(text.encode()).hexdigest()


def _root(path: Path, value: Any) -> str | None:
    """The data's place, if it is set: it is relative to a directory that may soon be another."""
    if path == _ROOT[:1] and isinstance(value, dict):
        path, value = _ROOT, value.get(_ROOT[1])
    is_set = path == _ROOT and isinstance(value, str)
    return os.path.abspath(os.path.expanduser(value)) if is_set else None


def _keep_uncovered(held: Sequence[Override]) -> dict[Path, Override]:
    """The last first, without those in whose place, or around it, something is set after them."""
    kept: dict[Path, Override] = {}
    for this in reversed(held):
        if not any(outer in kept for outer in _around(this.path)):
            kept[this.path] = this
    return kept


def _around(path: Path) -> Iterator[Path]:
    """The path, and those of all that it is in."""
    return (path[:length] for length in range(len(path), 0, -1))


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


def _open(document: Document, parts: Sequence[str], place: Place, known: _Known) -> Path:
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
