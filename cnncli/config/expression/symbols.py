"""An expression's text cut into symbols, each with its offset."""

import re
from typing import NamedTuple

from cnncli.bounds import MAX_EXPRESSION, MAX_SHOWN_VALUE
from cnncli.text import short

FUNCTIONS = ("round8", "ceil", "floor", "min", "max")
"""What may stand before a bracket."""
ELSEWHERE = {
    "round": "floor(x + 1/2) rounds to whole numbers, and round8(x) to multiples of 8",
    "int": "floor(x) is the whole number below",
    "make_divisible": "round8(x) is that for multiples of 8",
}
"""Functions of other programs, and what is written for them here."""
WORDS = ("and", "or", "not")
"""Operators that are words."""
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
OPERATORS = (*COMPARISONS, "+", "-", "*", "/", "//", "%", *WORDS)

_SYMBOL = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?!\w))
    | (?P<input>(?i:input)\s*\.\s*\w*)
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>//|[=!<>]=|[-+*/%<>(),])""",
    re.VERBOSE,
)
_ANY = re.compile(r"[-+*/%<>=!]|\(|\b(?i:input)\s*\.|\b(?:and|or|not)\b")
"""What a text without can be no expression."""
_USUAL = re.compile(r"\s*(?:[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|[0-9]{1,9}\s*/\s*[0-9]{1,9})\s*")
"""A number, or a part of parts."""


class ExpressionError(Exception):
    """What is wrong with an expression, at an offset of its text."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Symbol(NamedTuple):
    """A number, a name, an `input.D`, a sign of arithmetic or a bracket.

    The kind of a sign, and of an operator that is a word, is the text itself.
    """

    kind: str
    text: str
    offset: int

    @property
    def end(self) -> int:
        return self.offset + len(self.text)


def symbols(text: str) -> list[Symbol]:
    """The text's symbols, closed by one of kind `end`.

    Raises ExpressionError at a character that is none, and for a text that is too long.
    """
    if len(text) > MAX_EXPRESSION:
        message = f"an expression of {len(text):,} characters; at most {MAX_EXPRESSION} are allowed"
        raise ExpressionError(MAX_EXPRESSION, message)
    found, offset = [], 0
    while offset < len(text):
        match = _SYMBOL.match(text, offset)
        if match is None:
            raise ExpressionError(offset, _stray(text[offset:]))
        kind = str(match.lastgroup)
        if kind == "sign" or match[0] in WORDS:
            kind = match[0]
        if kind != "space":
            found.append(Symbol(kind, match[0], offset))
        offset = match.end()
    return [*found, Symbol("end", "", len(text))]


def quoted(text: str) -> str:
    """An expression in a message: on one line, and not too long."""
    return short(" ".join(text[: 2 * MAX_SHOWN_VALUE].split()))


def may_be_one(text: str, before: int = MAX_EXPRESSION) -> bool:
    """Whether the text has, before an offset, what makes an expression, and is no usual word.

    `-1`, `2/2`, `0..57` and `normal(0.01)` are what they were before there were expressions.
    """
    if not _ANY.search(text, 0, before):
        return False
    if _USUAL.fullmatch(text):
        part, _, parts = text.partition("/")
        return bool(parts) and int(part) > int(parts) > 0
    called = re.match(r"\s*(\w+)\s*\([^()]*\)\s*$", text)
    return not called or called[1] in (*FUNCTIONS, *ELSEWHERE, *WORDS)


def _stray(rest: str) -> str:
    """What is wrong with the first character of what is left."""
    if rest[0] == "=":
        return "two values are compared with ==, not with ="
    if rest[0] in "!&|":
        return f"'{rest[0]}' has no meaning here; conditions are joined by and, or and not"
    if rest[0] in "^²³":
        return f"'{rest[0]}' has no meaning here; a square is written K*K"
    if word := re.match(r"[0-9.]+\w*", rest):
        return f"'{short(word[0])}' is no number"
    return f"'{rest[0]}' has no meaning in an expression"
