"""What an expression gives with the values of its names: exact fractions, or on and off."""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from operator import add, eq, ge, gt, le, lt, mod, mul, ne, sub, truediv
from typing import Any

from cnncli.bounds import MAX_EXPRESSION_DIGITS
from cnncli.geometry import Volume
from cnncli.text import closest, short, show

from .symbols import ExpressionError, quoted
from .syntax import SWITCHES, Call, Chain, Constant, Name, Prefix, Size, Term

_COMPARE: dict[str, Any] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_COMPUTE: dict[str, Any] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "//": lambda a, b: Fraction(a // b),
    "%": mod,
}
_TOO_MANY = 10**MAX_EXPRESSION_DIGITS


class SizeUnknown(ExpressionError):
    """The expression asks for the size of what goes in, which is not known (yet)."""


class Evaluation:
    """One evaluation of an expression's text, with values for its names and for `input`."""

    def __init__(self, text: str, names: Mapping[str, Any], sizes: Volume | None) -> None:
        self._text, self._names, self._sizes = text, names, sizes

    def of(self, term: Term) -> Fraction | bool:
        """The term's value; what `and` and `or` do not need is not looked at."""
        match term:
            case Constant(value):
                return value
            case Name():
                return self._named(term)
            case Size(axis, offset):
                if self._sizes is None:
                    message = f"the size of the input, of which input.{axis} is asked, is not known"
                    raise SizeUnknown(offset, message)
                return Fraction(getattr(self._sizes, axis))
            case Prefix("not", value):
                return not self.switch(value)
            case Prefix(sign, value):
                return -self.number(value) if sign == "-" else self.number(value)
            case Call():
                return self._call(term)
            case Chain(first, (("or" | "and" as operator, _), *_) as joined):
                terms = (first, *(other for _, other in joined))
                return (any if operator == "or" else all)(map(self.switch, terms))
            case Chain(first, ((operator, second),)) if operator in _COMPARE:
                return self._compare(operator, first, second, term.start)
        return self._compute(term)

    def number(self, term: Term) -> Fraction:
        """The same, where a number is needed. Raises ExpressionError for on and off."""
        value = self.of(term)
        if isinstance(value, bool):
            is_word = isinstance(term, Constant)
            what = "is no number" if is_word else f"is {_word(value)}, not a number"
            raise ExpressionError(_start(term), f"{self._part(term)} {what}")
        return value

    def switch(self, term: Term) -> bool:
        """The same, where on or off is needed; 1 and 0 are taken for them."""
        value = self.of(term)
        if value not in (0, 1):
            part = self._part(term)
            message = f"{part} is {value}, not on or off; compare it, like {part} > 1"
            raise ExpressionError(_start(term), message)
        return bool(value)

    def _named(self, term: Name) -> Fraction | bool:
        if term.name not in self._names:
            found = closest(term.name, self._names)
            name = short(term.name)
            hint = f"did you mean {found}?" if found else f"add variables: {{{name}: 2}}"
            raise ExpressionError(term.offset, f"the variable {name} has no value; {hint}")
        value = self._names[term.name]
        if isinstance(value, str):
            value = SWITCHES.get(value.strip().lower(), fraction(value))
        if isinstance(value, bool):
            return value
        if isinstance(value, int | Fraction):
            return self._bounded(Fraction(value), term)
        if isinstance(value, float) and value - value == 0:
            return self._bounded(Fraction(repr(value)), term)
        message = f"{short(term.name)} is {show(value)}, not a number"
        raise ExpressionError(term.offset, message)

    def _compare(self, operator: str, first: Term, second: Term, start: int) -> bool:
        a, b = self.of(first), self.of(second)
        if operator not in ("==", "!="):
            a, b = self.number(first), self.number(second)
        return bool(_COMPARE[operator](a, b))

    def _compute(self, term: Chain) -> Fraction:
        value = self.number(term.first)
        for operator, other in term.joined:
            by = self.number(other)
            if by == 0 and operator in ("/", "//", "%"):
                part = self._part(other)
                message = f"{self._part(term)} divides by {part}"
                message += "" if isinstance(other, Constant) else ", which is 0"
                raise ExpressionError(term.start, message)
            value = self._bounded(_COMPUTE[operator](value, by), term)
        return value

    def _call(self, call: Call) -> Fraction:
        values = [self.number(value) for value in call.values]
        match call.function:
            case "round8":
                return Fraction(_round8(values[0]))
            case "ceil":
                return Fraction(ceil(values[0]))
            case "floor":
                return Fraction(floor(values[0]))
            case "min":
                return min(values)
        return max(values)

    def _bounded(self, value: Fraction, term: Term) -> Fraction:
        if max(abs(value.numerator), value.denominator) >= _TOO_MANY:
            message = f"{self._part(term)} has more than {MAX_EXPRESSION_DIGITS} digits"
            raise ExpressionError(_start(term), message)
        return value

    def _part(self, term: Term) -> str:
        """A term as it is written."""
        match term:
            case Name(name):
                return short(name)
            case Size(axis):
                return f"input.{axis}"
            case Constant(value):
                return _word(value) if isinstance(value, bool) else str(value)
            case Chain() | Prefix() | Call():
                return quoted(self._text[term.start : term.stop])


def _round8(value: Fraction) -> int:
    """The nearest multiple of 8, at least 8, and never below nine tenths of the value.

    As `_make_divisible` of the code of MobileNetV2 (Sandler et al. 2018).
    """
    nearest = max(8, (value + 4) // 8 * 8)
    return nearest + 8 if nearest < value * Fraction(9, 10) else nearest


def fraction(text: str) -> Fraction | str:
    """The number that `3/4` is; other texts stay."""
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    return Fraction(int(match[1]), int(match[2])) if match and int(match[2]) else text


def _start(term: Term) -> int:
    """The offset where a term begins; constants, which are never wrong, have none."""
    if isinstance(term, Constant):
        return 0
    return term.offset if isinstance(term, Name | Size) else term.start


def _word(value: bool) -> str:
    return "on" if value else "off"
