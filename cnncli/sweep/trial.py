"""A trial: the values that it has of the space."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncli.config.source_text.dump import flow


class Trial(NamedTuple):
    """Values by dotted keys, only of those whose conditions hold, in the order of the file."""

    number: int
    values: Mapping[str, Any]

    @property
    def overrides(self) -> tuple[str, ...]:
        """As after --set, exactly; a section's before those of the keys in it."""
        keys = sorted(self.values, key=lambda key: key.count("."))
        return tuple(as_override(key, self.values[key]) for key in keys)

    def __str__(self) -> str:
        return ", ".join(as_override(key, value) for key, value in self.values.items())


def as_override(key: str, value: Any) -> str:
    """`train.optimizer.lr=0.1`."""
    return f"{key}={written(value)}"


def written(value: Any) -> str:
    """A value as YAML in one line, which read again is the same."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{flow(key)}: {written(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return "null" if value is None else flow(value)
