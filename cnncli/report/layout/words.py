"""Words on a terminal: the columns that they take, lines broken between them, and long ones cut."""

import os
import re
from typing import TextIO

from cnncli.bounds import MAX_COLUMNS

_USUAL = 80
"""Columns of a terminal that does not say how many it has."""
_CUT = "..."
_HANG = 4
"""How much further in a line goes on; what stands below a message is indented by two."""
_TAB = " " * 4
"""What a tab is in a line of a file, so that a caret stands below its place."""
_WORD = re.compile(r"(\s*)(`[^`]*`\S*|[\d.,]+ [KMGT]iB\S*|\S+)")
"""What is to be typed, in backticks, is one, and so is a number with its unit."""
_LABEL = re.compile(r"\s*\S+(?: \S+)*\s{2,}(?=\S)")
"""What stands before the text of a line that is laid out as `label  text`."""
_WHOLE = re.compile(r"(next|to [a-z ]+): cnn ")
"""Begins a line whose end is a command to type."""
_QUOTE = re.compile(r"^(\s*\| )(.*)(?:\n\1([ \t]*)\^$)?", re.MULTILINE)
"""A line of a file, and below it a caret."""


def columns(stream: TextIO) -> int | None:
    """How many a terminal has, by COLUMNS or by what it says itself; None for what is none."""
    if not stream.isatty():
        return None
    try:
        found = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        found = 0
    if found <= 0:
        try:
            found = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            found = 0
    return min(found, MAX_COLUMNS) if found > 0 else _USUAL


def can_take(stream: TextIO, signs: str) -> bool:
    """Whether its encoding has them."""
    try:
        signs.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str) -> int:
    """The columns that a text on one line takes: wide signs two, marks upon others none."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


def _width_of(sign: str) -> int:
    from unicodedata import category, east_asian_width

    if category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(sign) in ("W", "F") else 1


def cut(text: str, most: int) -> str:
    """A name that takes so many columns at most: of a longer one the beginning and the end."""
    if width(text) <= most:
        return text
    room = most - len(_CUT)
    if room <= 0:
        return _CUT[:most]
    end = _beginning(text[::-1], room // 2)[::-1]
    return _beginning(text, room - room // 2) + _CUT + end


def cut_place(text: str, most: int) -> str:
    """A place that takes so many columns at most, as `...conv1.W[0,0]`: of a longer one the end."""
    if width(text) <= most:
        return text
    room = max(most - len(_CUT), 0)
    return _CUT[:most] + _beginning(text[::-1], room)[::-1]


def cut_list(text: str, most: int) -> str:
    """Words that take so many columns at most: of more the first ones, each whole."""
    if width(text) <= most:
        return text
    taken = ""
    for gap, word in _WORD.findall(text):
        if width(taken + gap + word) + 1 + len(_CUT) > most:
            break
        taken += gap + word
    return f"{taken} {_CUT}" if taken else cut(text, most)


def _beginning(text: str, most: int) -> str:
    taken = 0
    for i, sign in enumerate(text):
        taken += _width_of(sign)
        if taken > most:
            return text[:i]
    return text


def wrap(text: str, most: int, hang: int | None = None) -> str:
    """Lines broken between words where they take more columns, and the rest of them indented.

    hang: by how much; None: below the text of a line like `label  text`, else more than the line.
    A longer word stays whole, and so does what is to be typed. Of a line that is quoted from a
    file, the part around the caret is left.
    """
    parts, done = [], 0
    for quote in _QUOTE.finditer(text):
        parts += [*text[done : quote.start()].split("\n")[:-1], _cut_quote(quote, most)]
        done = quote.end() + 1
    lines = [*parts, *(text[done:].split("\n") if done <= len(text) else [])]
    return "\n".join(_wrap_line(line, most, hang) for line in lines)


def _cut_quote(quote: re.Match[str], most: int) -> str:
    mark, line, before = quote.groups()
    if before is not None:
        line = line.ljust(len(before) + 1)  # the place may be behind its end
    left, line = (part.replace("\t", _TAB) for part in (line[: len(before or "")], line))
    room = max(most - len(mark), 1)
    skip = min(width(left) - room // 2, width(line) - room)
    first = len(_beginning(left, skip + 1)) if skip > 0 else 0
    shown = _beginning(line[first:], room)
    caret = "" if before is None else f"\n{mark}{' ' * width(left[first:])}^"
    return f"{mark}{shown.rstrip()}{caret}"


def _wrap_line(line: str, most: int, hang: int | None) -> str:
    if width(line) <= most or "\n" in line or _WHOLE.match(line):
        return line
    if hang is None:
        label = _LABEL.match(line)
        hang = width(label[0]) if label else most
        if hang > most // 2:
            hang = len(line) - len(line.lstrip()) + _HANG
    indent = " " * min(hang, most // 2)
    lines, last, taken = [], "", 0
    for gap, word in _WORD.findall(line):
        more = len(gap) + width(word)
        if last.strip() and taken + more > most:
            lines.append(last)
            last, taken = indent + word, len(indent) + width(word)
        else:
            last, taken = last + gap + word, taken + more
    return "\n".join([*lines, last])
