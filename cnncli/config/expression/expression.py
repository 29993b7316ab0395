"""Expressions as they stand in a configuration, and which texts are any."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from cnncli.bounds import MAX_VARIABLES
from cnncli.geometry import Volume
from cnncli.text import show

from .arithmetic import Evaluation
from .symbols import ExpressionError, may_be_one, symbols
from .syntax import Call, Chain, Constant, Name, Prefix, Size, Term, read

_PART = re.compile(r"[\s\d]*/[\s\d]*")
"""One part of several, if that is not whole."""


@dataclass(frozen=True)
class Expression:
    """An expression's text and what it means. Two of one text are equal."""

    text: str

    @cached_property
    def _term(self) -> Term:
        return _parsed(self.text)

    def __getstate__(self) -> dict[str, Any]:
        """The text alone, which is read again."""
        return {"text": self.text}

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables and parameters that it mentions."""
        return frozenset(term.name for term in _terms(self._term) if isinstance(term, Name))

    @cached_property
    def sizes(self) -> frozenset[str]:
        """Which of W, H and D of the input it mentions."""
        return frozenset(term.axis for term in _terms(self._term) if isinstance(term, Size))

    def value(self, names: Mapping[str, Any], sizes: Volume | None) -> int | Fraction | bool:
        """What it gives with these values of names, for an input of this size.

        Raises ExpressionError; SizeUnknown, which is one, where it needs a size and there is none.
        """
        found = Evaluation(self.text, names, sizes).of(self._term)
        if isinstance(found, bool) or found.denominator > 1:
            return found
        return found.numerator

    def check_names(self, names: Mapping[str, Any]) -> None:
        """Raises ExpressionError at the first name that has no value."""
        for term in _terms(self._term):
            if isinstance(term, Name) and term.name not in names:
                Evaluation(self.text, names, None).of(term)

    def is_on(self, names: Mapping[str, Any], sizes: Volume | None) -> bool:
        """What it gives as a condition. Raises ExpressionError as `value` does."""
        return Evaluation(self.text, names, sizes).switch(self._term)

    def given(self, names: Mapping[str, Any], sizes: Volume | None) -> str:
        """What its names and sizes stand for, for a message: `C=65, input.D=3`."""
        known = [f"{name}={show(names[name])}" for name in sorted(self.names) if name in names]
        if sizes:
            known += [f"input.{axis}={getattr(sizes, axis)}" for axis in sorted(self.sizes)]
        return ", ".join(known)


def parse(text: str) -> Expression | None:
    """The expression that a text is; None where it is a usual word or number.

    Usual are a text without any operator, known function or `input.`, a fraction of numbers that
    is not whole (`1/2` is a part), and what is written like a function but is none
    (`normal(0.01)`). Raises ExpressionError for what is more than that, and wrong.
    """
    if not may_be_one(text):
        return None
    try:
        symbols(text)
    except ExpressionError as error:
        if may_be_one(text, error.offset):
            raise
        return None  # a word of another kind
    expression = condition(text)
    if _PART.fullmatch(text) and isinstance(expression.value({}, None), Fraction):
        return None
    return expression


def condition(text: str) -> Expression:
    """The expression that a text must be where nothing else may stand; a name alone is one too.

    Raises ExpressionError.
    """
    _parsed(text)
    return Expression(text)


@lru_cache(MAX_VARIABLES)
def _parsed(text: str) -> Term:
    return read(symbols(text))


def _terms(term: Term) -> Iterator[Term]:
    """A term and all inside it."""
    yield term
    match term:
        case Chain(first, joined):
            inner: tuple[Term, ...] = (first, *(other for _, other in joined))
        case Prefix(_, value):
            inner = (value,)
        case Call(_, values):
            inner = values
        case Name() | Size() | Constant():
            return
    for each in inner:
        yield from _terms(each)
