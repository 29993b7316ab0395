"""When a key of a space is there: `if: train.optimizer.name = adamw`."""

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FORM = re.compile(r"\s*([\w.-]+)\s*(==?|!=|<=|>=|<|>|\bin\b)\s*(\S.*)", re.DOTALL)
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_MISSING = object()


@dataclass(frozen=True)
class Condition:
    """A comparison of another key's value; of a key that is not there, none holds."""

    key: str
    sign: str
    """`=`, `!=`, `in`, or one of the order of numbers."""
    value: Any

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Among values by their keys."""
        found = look_up(values, self.key)
        if found is _MISSING:
            return False
        if self.sign in _ORDERS:
            return is_number(found) and bool(_ORDERS[self.sign](found, self.value))
        if self.sign == "in":
            return any(same(found, each) for each in self.value)
        return same(found, self.value) == (self.sign == "=")


def split(text: str) -> tuple[str, str, str] | None:
    """The key, the sign and the text of the value; None where it is no comparison."""
    found = _FORM.fullmatch(text)
    return (found[1], found[2].replace("==", "="), found[3].strip()) if found else None


def around(key: str) -> list[str]:
    """The key, and those of all sections around it, the innermost first."""
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def look_up(values: Mapping[str, Any], key: str) -> Any:
    """The value of a key, which may stand inside the value of a section around it."""
    for outer in around(key):
        if outer in values:
            found = values[outer]
            for part in key[len(outer) :].split(".")[1:]:
                if isinstance(found, str):
                    found = {"name": found}
                found = found.get(part, _MISSING) if isinstance(found, dict) else _MISSING
            return found
    return _MISSING


def same(value: Any, other: Any) -> bool:
    """Whether two values are the same; a text stands for a mapping of that name, as in sections."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, dict) and isinstance(other, str):
        value = value.get("name")
    return bool(value == other)


def is_number(value: Any) -> bool:
    """Whether the value has a place in the order of numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)
