"""Numbers and names as people read them."""

from collections.abc import Iterable
from functools import cache
from itertools import islice

from .problems import show


def bytes_text(size: int) -> str:
    """Bytes with a binary unit: `512 B`, `1.50 KiB`, `12.25 MiB`."""
    power = 0
    while power < 4 and round(size / 1024**power, 2) >= 1024:
        power += 1
    number = f"{size / 1024**power:,.2f}" if power else str(size)
    return f"{number.removesuffix('.00')} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def count(number: int, what: str, plural: str | None = None) -> str:
    """A number with its noun: `1 image`, `1,024 images`, `2 classes`."""
    return f"{number:,} {what if number == 1 else plural or f'{what}s'}"


LOOKED_AT = 200
"""Among how many known words a similar one is looked for."""
_LISTED = 50


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the given one, by spelling or by its initials."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in islice(known, LOOKED_AT)}
    asked = word.lower().replace("-", "_")
    if asked in by_lower:
        return by_lower[asked]
    if len(asked) > 1:
        for lower, name in by_lower.items():
            if asked == _initials(lower) or lower == _initials(asked):
                return name
    close = get_close_matches(asked[:100], list(by_lower), 1, 0.65)
    return by_lower[close[0]] if close else None


def _initials(word: str) -> str:
    return "".join(part[0] for part in word.split("_") if part) if "_" in word else ""


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *most, final = words
    if len(most) >= _LISTED:
        most, final = most[: _LISTED - 1], f"{len(most) + 2 - _LISTED:,} more"
    return f"{', '.join(most)} {last} {final}" if most else final


def unknown_key(word: str, known: Iterable[str], section: str) -> str:
    """The message for a key that a section does not have."""
    keys = list(known)
    if found := closest(word, keys):
        return f"unknown key {show(word)}; did you mean {found}?"
    homes = [home for home in _homes().get(word, ()) if home != section]
    if len(homes) == 1:
        return f"unknown key {show(word)}; it belongs in {homes[0]}"
    return f"unknown key {show(word)}; the keys here are {listed(keys)}"


@cache
def _homes() -> dict[str, list[str]]:
    """In which sections a key is known: `{"lr": ["train.optimizer"], ...}`."""
    from cnncli.config.sections import keys_of_sections

    homes: dict[str, list[str]] = {}
    for section, keys in keys_of_sections().items():
        for key in keys:
            homes.setdefault(key, []).append(section)
    return homes
