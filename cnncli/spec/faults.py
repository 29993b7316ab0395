"""Collects every fault of a configuration, each with its place, and each only once."""

from typing import Any, Literal, TypeAlias

from cnncli.errors import ConfigError, Place, Problem

MAX_FAULTS = 1_000

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the file's tree: keys of mappings and indices of lists."""


def write_path(path: Path) -> str:
    """`("architecture", 1, "conv")` as `architecture[1].conv`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _key(text: str) -> str:
    return text if text.isprintable() and len(text) <= 60 else show(text)


def show(value: Any) -> str:
    """A value as a short text for a message."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."


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

        Raises ConfigError with all of them where there are too many to go on.
        """
        text = path if isinstance(path, str) else write_path(path)
        problem = Problem(place, text, message, severity, layer)
        self._found.setdefault((place, message), problem)
        if len(self._found) > MAX_FAULTS:
            more = f"more than {MAX_FAULTS:,} faults; the rest of the file is not looked at"
            raise ConfigError([*self.sorted()[:MAX_FAULTS], Problem(place, "", more)])

    def sorted(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the file."""
        found = self._found.values()
        return tuple(sorted(found, key=lambda p: (p.place.line or 0, p.place.column or 0)))
