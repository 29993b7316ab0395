"""Forms in which values are written, as JSON Schema."""

from collections.abc import Callable, Iterable
from typing import Any

from .constraints import BeforeValidator, BuildJson, Json

NULL: Json = {"type": "null"}
_LEAST = {0: "[0-9]+", 1: "0*[1-9][0-9]*"}
"""Whole numbers from there on, as regular expressions."""


class Shorthand(BeforeValidator):
    """Makes of what is `written` for short what the type accepts, and gives all else back as it is.

    Raises ValueError where it cannot.
    """

    def __init__(self, function: Callable[[Any], Any], written: Json) -> None:
        super().__init__(function)
        self.written = written

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """What the type accepts, or that."""
        return either(build(source), self.written)


def either(*schemas: Json) -> Json:
    """What one of them accepts."""
    found: list[Any] = []
    for schema in schemas:
        found += schema["anyOf"] if list(schema) == ["anyOf"] else [schema]
    return found[0] if len(found) == 1 else {"anyOf": found}


def one_or_list(schema: Json) -> Json:
    """A value alone stands for a list of one."""
    return either(schema, {"type": "array", "items": schema, "minItems": 1})


def any_case(name: str) -> str:
    """A regular expression: the name in small and capital letters. Of letters, digits and `-_`."""
    letters = (f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in name)
    return "".join(letters)


def matching(pattern: str) -> Json:
    """A text that is as the regular expression says, with blanks around it."""
    return {"type": "string", "pattern": rf"^\s*(?:{pattern})\s*$"}


def word(*names: str, others: Iterable[str] = ()) -> Json:
    """One of the names, in any case; others: further words, which are not offered."""
    return either({"enum": [*names]}, matching("|".join(map(any_case, (*names, *others)))))


def extent(least: int) -> Json:
    """A whole number, or WIDTHxHEIGHT."""
    number = _LEAST[least]
    pattern = matching(rf"{number}(?:\s*[xX×]\s*{number})?")["pattern"]
    return {"type": ["integer", "string"], "minimum": least, "pattern": pattern}


VOLUME = matching(r"\s*[xX×]\s*".join([_LEAST[1]] * 3))
"""WIDTHxHEIGHTxDEPTH."""
