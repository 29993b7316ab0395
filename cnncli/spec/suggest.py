"""`Did you mean`: the known word that a mistyped one is close to."""

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import islice
from math import ceil
from typing import NamedTuple, TypeAlias

from .faults import show

LOOKED_AT = 200
"""Among how many known words a similar one is looked for."""
_ALIKE = 0.65
"""How alike two words must be, by difflib's measure: 2 * letters in common / letters of both."""
_LONGEST = 100
"""Letters of a word that are compared; a known word of three times as many is like none."""
_LISTED = 50


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the given one, by spelling or by its initials."""
    by_lower, by_initials, spellings = _looked_up(tuple(islice(known, LOOKED_AT)))
    asked = word.lower().replace("-", "_")
    if asked in by_lower:
        return by_lower[asked]
    if len(asked) > 1 and (lower := by_initials.get(asked, _initials(asked))) in by_lower:
        return by_lower[lower]
    asked = asked[:_LONGEST]
    if not (alike := _maybe_alike(asked, spellings)):
        return None
    from difflib import get_close_matches

    close = get_close_matches(asked, alike, 1, _ALIKE)
    return by_lower[close[0]] if close else None


_Spellings: TypeAlias = dict[int, list[tuple[int, str]]]
"""Words by their length, each with a bit for every letter in it (some letters share theirs)."""


class _Known(NamedTuple):
    """Known words in small letters: as they are written, by their initials, by their spelling."""

    by_lower: dict[str, str]
    by_initials: dict[str, str]
    spellings: _Spellings


@lru_cache(100)
def _looked_up(known: tuple[str, ...]) -> _Known:
    by_lower = {name.lower(): name for name in known}
    by_initials = {_initials(lower): lower for lower in reversed(by_lower) if "_" in lower}
    spellings: _Spellings = {}
    for lower in by_lower:
        if len(lower) < 3 * _LONGEST:
            spellings.setdefault(len(lower), []).append((_letters(lower), lower))
    return _Known(by_lower, by_initials, spellings)


def _letters(word: str) -> int:
    letters = 0
    for letter in word:
        letters |= 1 << ord(letter) % 64
    return letters


def _maybe_alike(word: str, spellings: _Spellings) -> list[str]:
    """The words that may be alike enough, by a bound on the letters that both words have.

    A letter that only one of two words has is not among them. Difflib's own bounds come to the
    same, and take ten times as long.
    """
    letters, found = _letters(word), []
    for length, others in spellings.items():
        common = ceil(_ALIKE * (len(word) + length) / 2 - 1e-9)
        mine, theirs = len(word) - common, length - common
        if mine >= 0 and theirs >= 0:
            found += [
                name
                for other, name in others
                if (letters & ~other).bit_count() <= mine
                and (other & ~letters).bit_count() <= theirs
            ]
    return found


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
    from .sections import keys_of_sections

    homes: dict[str, list[str]] = {}
    for section, keys in keys_of_sections().items():
        for key in keys:
            homes.setdefault(key, []).append(section)
    return homes
