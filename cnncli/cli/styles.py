"""Colour: whether a stream has it, and which parts of an output do.

A painter takes text that is harmless already, and knows which of its lines are ours by where they
stand: what others have named stands behind these, in one line, and colours nothing.
"""

import os
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import TextIO, TypeAlias

Painter: TypeAlias = Callable[[str], str]
"""The same text with the signs that colour it."""

CHOICES = ("auto", "always", "never")
_OPTION = "--color"


class Style(StrEnum):
    """What a terminal calls the colours of what a part means.

    Red, green and magenta are the three of the eight that are legible on black and on white with
    every terminal's own shades; marks have them, sentences keep the terminal's colour. None stands
    for what is not written too.
    """

    ERROR = "1;31"
    WARNING = "1;35"
    REMOVED = "31"
    ADDED = "32"
    CHANGED = "35"
    HEADING = "1"


class _Choice:
    """What the command line says."""

    color = "auto"


def choose(arguments: Sequence[str]) -> None:
    """Notes what a command line says last of `--color`, be the rest of it right or wrong."""
    _Choice.color = "auto"
    for argument, following in pairwise([*arguments, ""]):
        if argument == "--":
            break
        option, equals, value = argument.partition("=")
        said = value if equals else following
        if option == _OPTION and said in CHOICES:
            _Choice.color = said


def has_colour(stream: TextIO | None) -> bool:
    """Whether what goes to this stream is coloured: by --color, else the environment, else as it is
    a terminal.
    """
    if _Choice.color != "auto":
        return _Choice.color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream and stream.isatty()) and os.environ.get("TERM") != "dumb"


def _paint(style: Style, text: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text else ""


def _mark(pattern: str, style: Style, text: str, count: int = 0) -> str:
    """Paints what the pattern finds, in all lines or in the first so many."""
    found = re.compile(pattern, re.MULTILINE)
    return found.sub(lambda part: _paint(style, part[0]), text, count)


def plain(text: str) -> str:
    """No colour at all."""
    return text


_RULE = re.compile("-+(?:  +-+)*")


def headings(text: str) -> str:
    """Of tables: what stands above the first rule of a block, and a title before that block.

    A title is one line, be it broken.
    JSON, markup and prose have no such rule.
    """
    lines = text.split("\n")
    block = before = 0
    is_open = True
    for i, line in enumerate(lines):
        if not line:
            before, block, is_open = block, i + 1, True
        elif is_open and i > block and _RULE.fullmatch(line):
            is_open = False
            above = range(before, max(block - 1, before))
            is_title = all(lines[k].startswith(" ") for k in above[1:])
            for k in (*(above if is_title else ()), *range(block, i)):
                lines[k] = _paint(Style.HEADING, lines[k])
    return "\n".join(lines)


def title(text: str) -> str:
    """The first line."""
    return _mark(r"\A.*", Style.HEADING, text)


_SIGNS = (("-", Style.REMOVED), (r"\+", Style.ADDED), ("~", Style.CHANGED))
_FILES = r"^(?:---|\+\+\+) .*"


def networks(text: str) -> str:
    """Of two networks: the names of layers behind - + and ~, and the headings."""
    text = _mark(_FILES, Style.HEADING, headings(text), 2)
    for sign, style in _SIGNS:
        text = _mark(rf"^{sign} (?:(?!  ).)+", style, text)
    return text


def edits(text: str) -> str:
    """Of a file, as a unified diff: lines that go and lines that come."""
    text = _mark(_FILES, Style.HEADING, text, 2)
    for sign, style in _SIGNS[:2]:
        text = _mark(f"^{sign}.*", style, text)
    return text


def notices(text: str) -> str:
    """`warning:` where a line begins with it, and what is changed in a run that is resumed."""
    if re.match(r"changed since step [\d,]+:\n", text):
        for sign, style in _SIGNS[:2]:
            text = _mark(rf"(?<=^  ){sign} [^:\n]*:", style, text)
        return title(text)
    return _mark("^warning:", Style.WARNING, text)


def _caret(text: str) -> str:
    """Below the line of a file that is quoted behind the first line of a problem, be it broken."""
    found = re.compile(r"\A(.*\n(?:    .*\n)*  \| .*\n  \|[ \t]+)\^$", re.MULTILINE)
    return found.sub(lambda part: part[1] + _paint(Style.ERROR, "^"), text)


def doubt(text: str) -> str:
    """A warning of a configuration."""
    return notices(_caret(text))


def failure(text: str) -> str:
    """An error: its place, or where it has none what rule it is about."""
    return _mark(r"\A.*?(?:[:;](?= |$)|$)", Style.ERROR, _caret(text), 1)


def misuse(text: str) -> str:
    """An error of the command line, as click shows it."""
    return _mark("^Error:", Style.ERROR, _mark(r"\AUsage:", Style.HEADING, text))
