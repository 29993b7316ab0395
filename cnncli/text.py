"""Numbers and names as people read them."""

import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache, reduce
from itertools import islice
from math import ceil
from operator import or_
from typing import Any, TypeAlias

from cnncli.bounds import MAX_COMPARED, MAX_SHOWN_VALUE

if sys.platform == "win32":
    from pathlib import WindowsPath as SystemPath
else:
    from pathlib import PosixPath as SystemPath


def natural(text: str) -> tuple[list[str | tuple[int, str]], str]:
    """The key by which texts are sorted so that `2` comes before `10`."""
    parts = re.split("([0-9]+)", text)
    key: list[str | tuple[int, str]] = list(parts)
    key[1::2] = [(len(number), number) for number in (part.lstrip("0") for part in parts[1::2])]
    return key, text


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


_HARMLESS = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u200c\u200d"
"""Spaces of all widths and joiners of letters and emoji, which Python calls unprintable."""
_BREAK = re.compile("[ \t]*[\n\r\x85\u2028\u2029]\\s*")
_NO_WIDTH = r"\u034f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Whoever compares texts by the rules of a language passes over these."""
_COMMAND = re.compile(
    rf"^(?P<before>(?:[^\S\n]|[{_NO_WIDTH}])*):(?=[{_NO_WIDTH}]*:)"
    rf"|#(?=[{_NO_WIDTH}]*#[\w{_NO_WIDTH}]*\[)",
    re.MULTILINE,
)
"""A line that begins with `::`, after spaces or not, is obeyed by GitHub; `##[` and `##vso[` stand
anywhere in a line for GitHub and Azure, `##teamcity[` for another one."""


def printable(text: object) -> str:
    """A name that others gave, on one line: `?` is in the place of all that a terminal may obey."""
    found = str(text)
    if found.isprintable():
        return found
    return "".join(c if c.isprintable() or re.match(f"[{_HARMLESS}]", c) else "?" for c in found)


def as_argument(value: object) -> str:
    """A word that no command takes for an option."""
    return f"./{value}" if str(value).startswith("-") else str(value)


def in_shell(file: object) -> str:
    """A file's name as it is typed after a command in a message."""
    return shlex.quote(printable(as_argument(file)))


def for_terminal(text: str) -> str:
    """Lines with `?` in the place of what a terminal may obey, or a server that logs a build.

    All that commands print comes through here, but for annotations, which are such commands.
    """
    lines = ("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))
    return _COMMAND.sub(lambda found: f"{found['before'] or ''}?", "\n".join(lines))


def json_text(values: Any, indent: int | None = 2) -> str:
    """JSON for the terminal: what it cannot show, or a build's log would obey, stands escaped.

    indent: of a level; None: all is on one line.
    """
    return json.dumps(values, indent=indent).replace("##", "#\\u0023")


class ForeignPath(SystemPath):
    """A path that whoever made the file or called the command has named.

    Put into a message it is printable; `str`, the system, and files that are written get its name.
    What is made of it (`path / name`, `path.parent`) is one too.
    """

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return format(printable(self), form)


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


def short(text: str, most: int = MAX_SHOWN_VALUE) -> str:
    """A text on one line, or its beginning, of at most so many characters."""
    if _BREAK.search(text, 0, most + 1):
        text = _BREAK.sub(" ", text[: 2 * most]).strip()
    return text if len(text) <= most else f"{text[: most - 4]} ..."


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


LOOKED_AT = 200
"""Among how many known words a similar one is looked for."""
_ALIKE = 0.65
"""How alike two words must be, by difflib's measure: 2 * letters in common / letters of both."""
_LISTED = 50


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the given one, by spelling or by its initials."""
    by_lower, by_initials, spellings = _lookup_tables(tuple(islice(known, LOOKED_AT)))
    asked = word.lower().replace("-", "_")
    if asked in by_lower:
        return by_lower[asked]
    if len(asked) > 1 and (lower := by_initials.get(asked, _initials(asked))) in by_lower:
        return by_lower[lower]
    asked = asked[:MAX_COMPARED]
    if not (alike := _maybe_alike(asked, spellings)):
        return None
    from difflib import get_close_matches

    close = get_close_matches(asked, alike, 1, _ALIKE)
    return by_lower[close[0]] if close else None


_Spellings: TypeAlias = dict[int, list[tuple[int, str]]]
"""Words by their length, each with a bit for every letter in it (some letters share theirs)."""


@lru_cache(100)
def _lookup_tables(known: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str], _Spellings]:
    """Known words in small letters: as they are written, by their initials, by their spelling."""
    by_lower = {name.lower(): name for name in known}
    by_initials = {_initials(lower): lower for lower in reversed(by_lower) if "_" in lower}
    spellings: _Spellings = {}
    for lower in by_lower:
        if len(lower) < 3 * MAX_COMPARED:
            spellings.setdefault(len(lower), []).append((_letters(lower), lower))
    return by_lower, by_initials, spellings


def _letters(word: str) -> int:
    return reduce(or_, (1 << ord(letter) % 64 for letter in word), 0)


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


def join_words(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *most, final = words
    if len(most) >= _LISTED:
        most, final = most[: _LISTED - 1], f"{len(most) + 2 - _LISTED:,} more"
    return f"{', '.join(most)} {last} {final}" if most else final


def unknown_key(word: str, known: Iterable[str], homes: Iterable[str] = ()) -> str:
    """The message for a key that a section does not have; `homes`: the sections that have it."""
    keys, elsewhere = list(known), list(homes)
    if found := closest(word, keys):
        return f"unknown key {show(word)}; did you mean {found}?"
    if len(elsewhere) == 1:
        return f"unknown key {show(word)}; it belongs in {elsewhere[0]}"
    return f"unknown key {show(word)}; the keys here are {join_words(keys)}"
