"""Collects every fault of a configuration, each with its place, and each only once."""

from collections.abc import Iterator
from typing import Any, Literal, NoReturn, TypeAlias

from cnncli.bounds import MAX_SHOWN_VALUE, MAX_TOLD

from .errors import ConfigError, Place, Problem

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the file's tree: keys of mappings and indices of lists."""


def write_path(path: Path) -> str:
    """`("architecture", 1, "conv")` as `architecture[1].conv`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _key(text: str) -> str:
    return text if text.isprintable() and len(text) <= MAX_SHOWN_VALUE else show(text)


def show(value: Any) -> str:
    """A value as a short text for a message."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > MAX_SHOWN_VALUE:
            break
    return short(text)


def short(text: str) -> str:
    """A text as it is, or its beginning."""
    return text if len(text) <= MAX_SHOWN_VALUE else f"{text[: MAX_SHOWN_VALUE - 4]} ..."


def _pieces(value: Any) -> Iterator[str]:
    """What `repr` makes of a value, bit by bit: what is not shown is not looked at."""
    if isinstance(value, str):
        yield repr(value[: MAX_SHOWN_VALUE + 1])
    elif isinstance(value, list):
        for i, element in enumerate(value):
            yield ", " if i else "["
            yield from _pieces(element)
        yield "]" if value else "[]"
    elif isinstance(value, dict):
        for i, (key, element) in enumerate(value.items()):
            yield ", " if i else "{"
            yield from _pieces(key)
            yield ": "
            yield from _pieces(element)
        yield "}" if value else "{}"
    else:
        yield repr(value)


class Faults:
    """The problems found so far, in the order of their discovery."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], Problem] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        place: Place,
        path: Path | str,
        message: str,
        layer: str | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Notes a problem; one that a repeated group gives again at its place is dropped.

        Raises ConfigError with all of them where there are more than are told.
        """
        text = path if isinstance(path, str) else write_path(path)
        problem = Problem(place, text, message, severity, layer)
        self._found.setdefault((place, message), problem)
        if len(self._found) > MAX_TOLD:
            raise ConfigError(self.sorted())

    def end(self, place: Place, path: Path | str, message: str) -> NoReturn:
        """Raises ConfigError with all errors, of which this one makes it impossible to go on."""
        self.add(place, path, message)
        raise ConfigError([found for found in self.sorted() if found.severity == "error"])

    def sorted(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the file."""
        found = self._found.values()
        return tuple(sorted(found, key=lambda p: (p.place.line or 0, p.place.column or 0)))
