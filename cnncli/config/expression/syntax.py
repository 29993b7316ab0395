"""The grammar of expressions, parsed: `S == 1 and K == input.D`, `round8(width*32)`.

either     = both ("or" both)*
both       = negation ("and" negation)*
negation   = "not" negation | comparison
comparison = sum (("==" | "!=" | "<" | "<=" | ">" | ">=") sum)?
sum        = product (("+" | "-") product)*
product    = signed (("*" | "/" | "//" | "%") signed)*
signed     = ("-" | "+") signed | atom
atom       = number | name | input.W | input.H | input.D | function "(" either ("," either)* ")"
           | "(" either ")"
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from cnncli.bounds import MAX_EXPRESSION_DIGITS, MAX_EXPRESSION_NESTING
from cnncli.text import closest, join_words, short

from .symbols import COMPARISONS, ELSEWHERE, FUNCTIONS, OPERATORS, ExpressionError, Symbol

SWITCHES = dict.fromkeys(("off", "no", "false"), False) | dict.fromkeys(("on", "yes", "true"), True)
"""What words mean in a condition."""
AXES = ("W", "H", "D")


class Constant(NamedTuple):
    """A number, or on or off."""

    value: Fraction | bool


class Name(NamedTuple):
    """A variable or a parameter."""

    name: str
    offset: int


class Size(NamedTuple):
    """Width, height or depth of what goes in."""

    axis: str
    offset: int


class Chain(NamedTuple):
    """Values joined from the left by operators of one rank; the text reaches from start to stop."""

    first: "Term"
    joined: "tuple[tuple[str, Term], ...]"
    start: int
    stop: int


class Prefix(NamedTuple):
    """`-K`, `+K` or `not S`."""

    operator: str
    value: "Term"
    start: int
    stop: int


class Call(NamedTuple):
    """A function of some values."""

    function: str
    values: "tuple[Term, ...]"
    start: int
    stop: int


Term: TypeAlias = Constant | Name | Size | Chain | Prefix | Call


def read(found: list[Symbol]) -> Term:
    """What the symbols of an expression mean. Raises ExpressionError."""
    parser = _Parser(found)
    term = parser.either(0)
    if parser.next.kind != "end":
        raise ExpressionError(parser.next.offset, parser.unexpected())
    return term


@dataclass
class _Parser:
    found: list[Symbol]
    at: int = 0

    @property
    def next(self) -> Symbol:
        return self.found[self.at]

    def accept(self, *kinds: str) -> Symbol | None:
        """The next symbol, taken, if it is of one of the kinds."""
        symbol = self.next
        if symbol.kind not in kinds:
            return None
        self.at += 1
        return symbol

    def chain(self, operators: tuple[str, ...], inner: Callable[[int], Term], depth: int) -> Term:
        start = self.next.offset
        first, joined = inner(depth), []
        while operator := self.accept(*operators):
            joined.append((operator.kind, inner(depth)))
        stop = self.found[self.at - 1].end
        return Chain(first, tuple(joined), start, stop) if joined else first

    def either(self, depth: int) -> Term:
        if depth > MAX_EXPRESSION_NESTING:
            message = f"more than {MAX_EXPRESSION_NESTING} brackets inside each other"
            raise ExpressionError(self.next.offset, message)
        return self.chain(("or",), self.both, depth)

    def both(self, depth: int) -> Term:
        return self.chain(("and",), self.negation, depth)

    def negation(self, depth: int) -> Term:
        return self.prefix(("not",), self.comparison, depth)

    def prefix(self, operators: tuple[str, ...], inner: Callable[[int], Term], depth: int) -> Term:
        """Signs before a value: one, as of several in a row any two undo each other."""
        signs = []
        while sign := self.accept(*operators):
            signs.append(sign)
        term = inner(depth)
        if not signs:
            return term
        start, stop = signs[0].offset, self.found[self.at - 1].end
        if "not" in operators:
            once = Prefix("not", term, start, stop)
            return once if len(signs) % 2 else Prefix("not", once, start, stop)
        is_negative = sum(sign.kind == "-" for sign in signs) % 2
        return Prefix("-" if is_negative else "+", term, start, stop)

    def comparison(self, depth: int) -> Term:
        start = self.next.offset
        first = self.sum(depth)
        if not (operator := self.accept(*COMPARISONS)):
            return first
        term = Chain(first, ((operator.kind, self.sum(depth)),), start, self.found[self.at - 1].end)
        if self.next.kind in COMPARISONS:
            message = "two values are compared at a time; write 1 < S and S < 4"
            raise ExpressionError(self.next.offset, message)
        return term

    def sum(self, depth: int) -> Term:
        return self.chain(("+", "-"), self.product, depth)

    def product(self, depth: int) -> Term:
        return self.chain(("*", "/", "//", "%"), self.signed, depth)

    def signed(self, depth: int) -> Term:
        return self.prefix(("-", "+"), self.atom, depth)

    def atom(self, depth: int) -> Term:
        symbol = self.next
        if self.accept("number"):
            return Constant(_number(symbol))
        if self.accept("input"):
            return _size(symbol)
        if self.accept("name"):
            if self.next.kind == "(":
                return self.call(symbol, depth)
            switch = SWITCHES.get(symbol.text.lower())
            return Name(symbol.text, symbol.offset) if switch is None else Constant(switch)
        if self.accept("("):
            inner = self.either(depth + 1)
            self.close(symbol)
            return inner
        raise ExpressionError(symbol.offset, self.missing())

    def call(self, name: Symbol, depth: int) -> Term:
        if name.text not in FUNCTIONS:
            found = closest(name.text, FUNCTIONS)
            hint = f"did you mean {found}?" if found else f"there are {join_words(FUNCTIONS)}"
            hint = ELSEWHERE.get(name.text, hint)
            raise ExpressionError(name.offset, f"unknown function '{short(name.text)}'; {hint}")
        bracket = self.next
        self.accept("(")
        values = [self.either(depth + 1)]
        while self.accept(","):
            values.append(self.either(depth + 1))
        takes_several = name.text in ("min", "max")
        if takes_several and len(values) == 1 and self.next.kind == "end":
            message = "'(' is not closed; add ')', and quotes around all where it holds a comma"
            raise ExpressionError(bracket.offset, message)
        stop = self.close(bracket)
        if not takes_several and len(values) > 1:
            message = f"{name.text} takes one value, not {len(values)}"
            raise ExpressionError(name.offset, message)
        return Call(name.text, tuple(values), name.offset, stop)

    def close(self, bracket: Symbol) -> int:
        """The offset behind the bracket that closes this one, which stands next."""
        if self.next.kind == "end":
            raise ExpressionError(bracket.offset, "'(' is not closed; add ')'")
        if symbol := self.accept(")"):
            return symbol.end
        raise ExpressionError(self.next.offset, self.unexpected())

    def missing(self) -> str:
        """What is wrong with a symbol that stands where a value should."""
        symbol = self.next
        before = f" after '{short(self.found[self.at - 1].text)}'" if self.at else ""
        if symbol.kind == "*" and self.at and self.found[self.at - 1].kind == "*":
            return "'**' has no meaning here; a square is written K*K"
        if symbol.kind == "end":
            return f"a value is missing{before}"
        return f"a value is missing{before}, before '{short(symbol.text)}'"

    def unexpected(self) -> str:
        """What is wrong with a symbol that stands where an operator should."""
        symbol = self.next
        if symbol.kind == ")":
            return "')' closes nothing; remove it"
        if symbol.kind == ",":
            return "',' stands between the values of min and max only"
        words = join_words(OPERATORS, "or")
        return f"an operator is missing before '{short(symbol.text)}': {words}"


def _number(symbol: Symbol) -> Fraction:
    digits, _, power = symbol.text.lower().partition("e")
    if len(digits) + abs(int(power or 0)) > MAX_EXPRESSION_DIGITS:
        message = f"the number {short(symbol.text)} has more than {MAX_EXPRESSION_DIGITS} digits"
        raise ExpressionError(symbol.offset, message)
    return Fraction(symbol.text)


def _size(symbol: Symbol) -> Size:
    word, _, axis = (part.strip() for part in symbol.text.partition("."))
    if axis not in AXES or word != "input":
        meant = axis.upper() if axis.upper() in AXES else ""
        hint = f"did you mean input.{meant}?" if meant else "there are input.W, input.H and input.D"
        raise ExpressionError(symbol.offset, f"unknown size '{short(symbol.text)}'; {hint}")
    return Size(axis, symbol.offset)
