"""The pattern language, parsed: `INPUT -> [[CONV -> RELU]*2 -> POOL?]*3 -> FC`.

sequence  = item (joint item)*          joint: - -> → — –
item      = (layer | group) ("*" repeat)?
group     = "[" sequence "]" ("(" "if=" condition ")")?
layer     = name number? ("-" number)? "(" arguments ")"? "?"?
repeat    = a whole number, the name of a variable, or an expression in brackets
"""

from typing import NamedTuple

from cnncli.bounds import MAX_NESTING, MAX_VALUES
from cnncli.config.expression.symbols import FUNCTIONS
from cnncli.config.source_text.budget import COUNTED_AGAIN, Budget
from cnncli.text import short

from .tokens import PatternError, Token, closing, tokens

_REPEAT = "a repeat is a whole number or the name of a variable, like [CONV - RELU]*3"


class Argument(NamedTuple):
    """`key=value` in brackets after a layer; the key is None for a value alone."""

    key: str | None
    value: str
    offset: int
    value_offset: int


class PatternLayer(NamedTuple):
    """A layer as written: CONV3-64(S=2)?"""

    word: str
    offset: int
    dashed: Token | None
    arguments: tuple[Argument, ...]
    optional: bool


class Repeated(NamedTuple):
    """What stands before a `*`, or a group in brackets; `repeat` is None for once."""

    items: "tuple[PatternLayer | Repeated, ...]"
    repeat: Token | None
    condition: Argument | None = None


class Patterns:
    """Patterns taken apart, each text once; the budget counts it as often as it is read.

    It is that of all patterns and lists of layers.
    """

    def __init__(self) -> None:
        self.budget = Budget("words, signs and values", COUNTED_AGAIN)
        self._known: dict[str, tuple[Repeated, int]] = {}

    def parse(self, text: str) -> Repeated:
        """The pattern's structure. Raises PatternError at the first problem."""
        before = self.budget.values
        known = self._known.get(text)
        if known and before + known[1] <= MAX_VALUES:
            self.budget.spend(known[1])
            return known[0]
        parser = _Parser(list(tokens(text, self.budget)))
        if parser.next.kind == "end":
            raise PatternError(0, "the pattern is empty; write for example INPUT-CONV-RELU-POOL-FC")
        parsed = Repeated(parser.sequence(0), None)
        if parser.next.kind == "]":
            raise PatternError(parser.next.offset, "']' closes nothing; remove it, or add '['")
        self._known[text] = parsed, self.budget.values - before
        return parsed


class _Parser:
    def __init__(self, read: list[Token]) -> None:
        self.read = read
        self.at = 0

    @property
    def next(self) -> Token:
        return self.read[self.at]

    def accept(self, *kinds: str) -> Token | None:
        """The next token, taken, if it is of one of the kinds."""
        token = self.next
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    def sequence(self, depth: int) -> tuple[PatternLayer | Repeated, ...]:
        items = [self.item(depth)]
        while self.next.kind not in ("]", "end"):
            if not self.accept("joint"):
                raise PatternError(self.next.offset, self.join_problem())
            items.append(self.item(depth))
        return tuple(items)

    def join_problem(self) -> str:
        """What is wrong with a token after an item that does not join."""
        token, before = self.next, self.read[self.at - 1]
        if token.kind == "?" and before.kind == "]":
            return "'?' belongs to one layer, like POOL?; a group is left out by a repeat, ]*0"
        if token.kind == "?":
            return "'?' stands directly after a layer, like POOL?"
        if token.kind == "*":
            return "two repeats; nest them, like [[CONV]*2]*3"
        if token.kind == "arguments":
            return "'(...)' stands directly after a layer's name, like CONV(K=32)"
        if token.text[:1] in "xX" and token.text[1:].isdigit():
            return f"a repeat is written with a star: *{short(token.text[1:])}"
        return f"'->' is missing before '{short(token.text)}'"

    def item(self, depth: int) -> PatternLayer | Repeated:
        token = self.next
        if self.accept("["):
            inner = self.group(token, depth)
        elif self.accept("word"):
            layer = self.layer(token)
            inner = Repeated((layer,), None)
        else:
            raise PatternError(token.offset, self.no_layer())
        if self.next.kind == "joint" and self.read[self.at + 1].kind == "number":
            number = self.read[self.at + 1]
            raise PatternError(
                number.offset,
                f"'{short(number.text)}' is not a layer; a number stands directly after a layer's "
                "name, like CONV3-64 or FC-256",
            )
        if self.accept("*"):
            return inner._replace(repeat=self.repeat())
        return inner if token.kind == "[" else inner.items[0]

    def group(self, start: Token, depth: int) -> Repeated:
        if depth >= MAX_NESTING:
            raise PatternError(start.offset, f"more than {MAX_NESTING} groups inside each other")
        if self.next.kind == "]":
            raise PatternError(start.offset, "the group is empty; put layers between '[' and ']'")
        items = self.sequence(depth + 1)
        if not self.accept("]"):
            raise PatternError(start.offset, "'[' is not closed; add ']'")
        return Repeated(items, None, self.condition())

    def condition(self) -> Argument | None:
        """The `(if=S > 1)` of a group; other arguments are left where they are, as a mistake."""
        token = self.next
        if token.kind == "arguments":
            arguments = _arguments(token.text, token.offset + 1)
            if [argument.key for argument in arguments] == ["if"]:
                self.at += 1
                return arguments[0]
        return None

    def repeat(self) -> Token:
        token = self.next
        if self.accept("arguments") or (self.accept("number") and token.text.isdecimal()):
            return token
        if self.accept("word"):
            if self.next.kind == "arguments" and token.text in FUNCTIONS:
                written = f"({token.text}({self.next.text}))"
                message = f"a repeat that is computed stands in brackets: *{short(written)}"
                raise PatternError(token.offset, message)
            return token
        raise PatternError(token.offset, f"{_REPEAT}; found '{short(token.text or 'nothing')}'")

    def no_layer(self) -> str:
        """What is wrong with a token that stands where a layer should."""
        token = self.next
        before = f" after '{short(self.read[self.at - 1].text)}'" if self.at else ""
        if token.kind == "number":
            return (
                f"'{short(token.text)}' is not a layer; a number stands directly after a layer's "
                "name, like CONV3-64, and a repeat after what it repeats, like [CONV - RELU]*3"
            )
        if token.kind in ("end", "]"):
            return f"a layer's name is missing{before}"
        return f"a layer's name is missing{before}, before '{short(token.text)}'"

    def layer(self, name: Token) -> PatternLayer:
        dashed = None
        if self.next.text in ("-", "–", "—", "−") and self.read[self.at + 1].kind == "number":
            dashed = self.read[self.at + 1]
            self.at += 2
        written = self.accept("arguments")
        arguments = _arguments(written.text, written.offset + 1) if written else ()
        return PatternLayer(name.text, name.offset, dashed, arguments, bool(self.accept("?")))


def _arguments(text: str, start: int) -> tuple[Argument, ...]:
    """`K=32, F=5` taken apart; `start` is the text's offset in the pattern."""
    found = []
    for first, last in _parts(text, start):
        part = text[first:last]
        if not part.strip():
            if not text.strip():
                return ()
            raise PatternError(start + first, "a value is missing before or after this ','")
        key, equals, value = part.partition("=")
        if not equals or not key.strip().isidentifier():
            key, value = "", part
        offset = start + first + len(part) - len(part.lstrip())
        value_offset = start + last - len(value.lstrip())
        if not value.strip():
            raise PatternError(offset, f"the value of {short(key.strip())} is missing after '='")
        found.append(Argument(key.strip() or None, value.strip(), offset, value_offset))
    return tuple(found)


def _parts(text: str, start: int) -> list[tuple[int, int]]:
    """Where the parts between commas begin and end; commas in inner brackets do not count."""
    parts, first, at = [], 0, 0
    while at < len(text):
        if text[at] in "([{":
            try:
                at = closing(text, at)
            except PatternError as error:
                raise PatternError(start + error.offset, error.message) from None
        elif text[at] == ",":
            parts.append((first, at))
            first = at + 1
        at += 1
    return [*parts, (first, len(text))]
