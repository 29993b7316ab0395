"""A pattern's text cut into tokens, each with its offset."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnncli.config.source_text.budget import Budget

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<joint>->|[-→—–−])
    | (?P<word>[^\W\d]\w*)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?(?:[x×][0-9]+)*)
    | (?P<sign>[][*?])""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BRACKET = re.compile(r"[][(){}]")
_VALUE = re.compile(r"[,\[{]")
"""What begins one more value in arguments."""


class PatternError(Exception):
    """A problem in a pattern's text, at an offset."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Token(NamedTuple):
    """A piece of the pattern: a joint, word, number, one of the signs ][*?, or the arguments.

    The text of `arguments` is what stands between ( and ).
    """

    kind: str
    text: str
    offset: int


def tokens(text: str, budget: Budget) -> Iterator[Token]:
    """The pattern's tokens, closed by one of kind `end`.

    Raises PatternError, for more tokens than the budget allows too.
    """
    offset = 0
    while offset < len(text):
        if text[offset] == "(":
            end = closing(text, offset)
            _spend(budget, 1 + len(_VALUE.findall(text, offset, end)), offset)
            yield Token("arguments", text[offset + 1 : end], offset)
            offset = end + 1
            continue
        match = _TOKEN.match(text, offset)
        if match is None:
            raise PatternError(offset, _stray(text[offset]))
        kind = str(match.lastgroup)
        if kind != "space":
            _spend(budget, 1, offset)
            yield Token(match[0] if kind == "sign" else kind, match[0], offset)
        offset = match.end()
    _spend(budget, 1, len(text))
    yield Token("end", "", len(text))


def _spend(budget: Budget, values: int, offset: int) -> None:
    if message := budget.spend(values):
        raise PatternError(offset, message)


def _stray(character: str) -> str:
    if character == ")":
        return "')' closes nothing; remove it"
    if character in ",;+>|":
        return f"layers are joined by '->' or '-', not by '{character}'"
    return f"'{character}' has no meaning in a pattern"


def closing(text: str, start: int) -> int:
    """The offset of the bracket that closes the one at `start`. Raises PatternError."""
    stack = []
    for found in _BRACKET.finditer(text, start):
        bracket = found[0]
        if bracket in _CLOSING:
            stack.append(_CLOSING[bracket])
        elif bracket != stack[-1]:
            raise PatternError(found.start(), f"'{bracket}' stands where '{stack[-1]}' is missing")
        else:
            stack.pop()
            if not stack:
                return found.start()
    raise PatternError(start, f"'{text[start]}' is not closed; add '{_CLOSING[text[start]]}'")
