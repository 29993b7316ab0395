"""A pattern's text cut into tokens, each with its offset."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TOKENS = 50_000

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<joint>->|[-→—–−])
    | (?P<word>[^\W\d]\w*)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?(?:[x×][0-9]+)*)
    | (?P<sign>[][*?])""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class PatternError(Exception):
    """A fault in a pattern's text, at an offset."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(frozen=True)
class Token:
    """A piece of the pattern: a joint, word, number, one of the signs ][*?, or the arguments.

    The text of `arguments` is what stands between ( and ).
    """

    kind: str
    text: str
    offset: int


def tokens(text: str) -> Iterator[Token]:
    """The pattern's tokens, closed by one of kind `end`. Raises PatternError."""
    offset = count = 0
    while offset < len(text):
        if text[offset] == "(":
            end = closing(text, offset)
            yield Token("arguments", text[offset + 1 : end], offset)
            offset = end + 1
            continue
        match = _TOKEN.match(text, offset)
        if match is None:
            raise PatternError(offset, _stray(text[offset]))
        kind = str(match.lastgroup)
        count += 1
        if count > MAX_TOKENS:
            raise PatternError(offset, f"more than {MAX_TOKENS:,} words and signs in one pattern")
        if kind != "space":
            yield Token(match[0] if kind == "sign" else kind, match[0], offset)
        offset = match.end()
    yield Token("end", "", len(text))


def _stray(character: str) -> str:
    if character == ")":
        return "')' closes nothing; remove it"
    if character in ",;+>|":
        return f"layers are joined by '->' or '-', not by '{character}'"
    return f"'{character}' has no meaning in a pattern"


def closing(text: str, start: int) -> int:
    """The offset of the bracket that closes the one at `start`. Raises PatternError."""
    stack = []
    for offset in range(start, len(text)):
        character = text[offset]
        if character in _CLOSING:
            stack.append(_CLOSING[character])
        elif character in _CLOSING.values():
            if character != stack[-1]:
                raise PatternError(offset, f"'{character}' stands where '{stack[-1]}' is missing")
            stack.pop()
            if not stack:
                return offset
    raise PatternError(start, f"'{text[start]}' is not closed; add '{_CLOSING[text[start]]}'")
