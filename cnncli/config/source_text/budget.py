"""How much a configuration may hold, with everything written out that it only refers to."""

from dataclasses import dataclass
from typing import Any

from cnncli.bounds import MAX_CHARACTERS, MAX_VALUES

COUNTED_AGAIN = "a block counts again for each set of parameters"
"""How what stands in the architecture and its blocks is counted."""


@dataclass
class Budget:
    """Adds up what is read: `called` and `counted` say in messages what it is, and how."""

    called: str
    counted: str
    values: int = 0
    characters: int = 0

    @property
    def is_spent(self) -> bool:
        return self.values > MAX_VALUES or self.characters > MAX_CHARACTERS

    def spend(self, values: int, characters: int = 0) -> str | None:
        """Adds so much; says what is wrong where it is too much in all."""
        self.values += values
        self.characters += characters
        if self.values > MAX_VALUES:
            return f"more than {MAX_VALUES:,} {self.called} ({self.counted})"
        if self.characters > MAX_CHARACTERS:
            return f"more than {MAX_CHARACTERS:,} characters ({self.counted})"
        return None


def size(value: Any) -> tuple[int, int]:
    """How many values a value is, with all that is in it, and how many characters."""
    if isinstance(value, str):
        return 1, len(value)
    inner: list[Any] = []
    if isinstance(value, list):
        inner = value
    elif isinstance(value, dict):
        inner = [*value, *value.values()]
    sizes = [size(element) for element in inner]
    return 1 + sum(values for values, _ in sizes), sum(characters for _, characters in sizes)
