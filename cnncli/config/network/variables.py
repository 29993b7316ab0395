"""The `variables:` section: numbers for repeats, values for hyperparameters, switches.

A value is a constant, the name of another variable, or an expression of several.
"""

import re
from collections.abc import MutableMapping, Sequence, Set
from functools import cached_property
from typing import Any

from cnncli.bounds import MAX_LAYERS, MAX_LINE, MAX_VARIABLES
from cnncli.config.expression.dependencies import in_order
from cnncli.config.expression.expression import Expression, parse
from cnncli.config.expression.given import (
    Bound,
    Given,
    TooMany,
    Unreadable,
    elements,
    evaluation,
    mentioned,
    report,
    shown,
    with_elements,
)
from cnncli.config.expression.symbols import ExpressionError, may_be_one, quoted
from cnncli.config.expression.syntax import SWITCHES
from cnncli.config.source_text.budget import COUNTED_AGAIN, Budget
from cnncli.config.source_text.document import Document
from cnncli.text import short

_WHOLE = re.compile("[0-9]{1,20}")
_HYPHENATED = re.compile(r"[^\W\d]\w*(?:-[^\W\d]\w*)+")
_SYMBOL = re.compile(r"[\w.]+|[^\w\s]")
_TUPLE = re.compile(r"\((?:\s*(?:None|-1)\s*,)?[\s\d(),]*")
_REPEAT = f"a repeat must be a whole number from 0 to {MAX_LAYERS:,}"
_SWITCHES = SWITCHES | {"0": False, "1": True}


class Variables:
    """Named values of a pattern; `used` remembers which were asked for."""

    def __init__(self, values: MutableMapping[str, Any], budget: Budget | None = None) -> None:
        self.values = values
        self.formulas: dict[str, Expression | str] = {}
        """Of those that are no constants."""
        self.used: set[str] = set()
        self.wrong: Set[str] = frozenset()
        """Those without a value, as is reported."""
        self.of_file: Variables = self  # without parameters in front of them
        self.budget = budget or Budget("names, numbers and signs in expressions", COUNTED_AGAIN)

    @cached_property
    def _by_lower(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.values:
            found.setdefault(name.lower(), []).append(name)
        return found

    @classmethod
    def of(cls, document: Document, budget: Budget | None = None) -> "Variables":
        """Those of the file; what is wrong is reported. budget: of all files, if there are more."""
        section = document.section("variables", "{N: 2, M: 3}")
        if len(section) > MAX_VARIABLES:
            message = f"{len(section):,} variables; at most {MAX_VARIABLES:,} are allowed"
            document.report(("variables",), message)
            section = {}
        variables = cls(dict(section), budget)
        variables._compute_all(document)
        variables.used.clear()
        return variables

    def _compute_all(self, document: Document) -> None:
        """Puts the values of formulas in their place, each after those that it mentions."""
        wrong = self.wrong = set()
        for name, written in self.values.items():
            try:
                if written != name and (formula := self.formula(written)):
                    self.formulas[name] = formula
            except ExpressionError as error:
                self._report(name, document, error)
        needs = {name: mentioned(formula) for name, formula in self.formulas.items()}
        for name, circle in in_order(needs):
            if circle:
                way = short(" -> ".join(circle), MAX_LINE // 2)
                document.report(
                    ("variables", name), f"the variable {name} is made of itself: {way}"
                )
                wrong.add(name)
                continue
            try:
                value = self._evaluate(self.formulas[name]).value
                if isinstance(value, Bound):
                    raise ExpressionError(0, value.refused("a variable"))
                self.values[name] = value
            except Unreadable:
                wrong.add(name)
            except ExpressionError as error:
                self._report(name, document, error)

    def _report(self, name: str, document: Document, error: ExpressionError) -> None:
        """Reports what is wrong with a variable, which then has no value."""
        path, text = ("variables", name), self.values[name]
        error = type(error)(error.offset, f"{quoted(text)}: {error.message}")
        report(document.problems, document.inside(path, text)(error.offset), path, error)
        self.wrong |= {name}

    def knows(self, name: str) -> bool:
        """Whether there is one of exactly this name."""
        return name in self.values

    def find(self, name: str) -> str | None:
        """The variable meant by a name; its case does not matter where that is clear."""
        alike = [name] if name in self.values else self._by_lower.get(name.lower(), [])
        if len(alike) != 1:
            return None
        self.use(alike[0])
        return alike[0]

    def use(self, name: str) -> None:
        """Notes that a variable is asked for, and all that it is made of."""
        asked = [name]
        while asked:
            name = asked.pop()
            if name in self.values and name not in self.used:
                self.used.add(name)
                asked += mentioned(self.formulas.get(name))

    def named(self, written: Any) -> Given:
        """A value; the exact name of a variable stands for that one's."""
        if isinstance(written, str) and self.knows(written) and written not in self.wrong:
            return self._evaluate(written)
        return Given(written)

    def value(self, written: Any) -> Given:
        """The same, where an expression is evaluated too.

        One that asks for the size of the input has a Bound as its value. Raises ExpressionError,
        whose message begins with the text, and Unreadable.
        """
        if isinstance(written, list | dict):
            return _with(written, [self.value(element) for element in elements(written)])
        try:
            formula = self.formula(written)
            return Given(written) if formula is None else self._evaluate(formula)
        except ExpressionError as error:
            raise type(error)(error.offset, f"{quoted(written)}: {error.message}") from None

    def formula(self, written: Any) -> Expression | str | None:
        """The name or the expression as which a value is written; None for a constant.

        A word with hyphens of which no part is a variable is one, and so are numbers in brackets,
        like (3, 3) or (None, 28, 28, 1) in other programs. Raises ExpressionError.
        """
        if not isinstance(written, str) or _TUPLE.fullmatch(written):
            return None
        if self.knows(written):
            return written
        if not may_be_one(written):
            return None
        self.count(written)
        expression = parse(written)
        if (
            expression
            and self.values.keys().isdisjoint(expression.names)
            and (_HYPHENATED.fullmatch(written))
        ):
            return None
        return expression

    def count(self, text: str) -> None:
        """Counts an expression that is about to be read. Raises TooMany."""
        if message := self.budget.spend(len(_SYMBOL.findall(text))):
            raise TooMany(0, message)

    def use_all(self, formula: Expression | str) -> None:
        """Notes all that a formula asks for. Raises Unreadable where one of that is wrong."""
        for name in mentioned(formula):
            self.use(name)
            if name in self.wrong:
                raise Unreadable

    def _evaluate(self, formula: Expression | str) -> Given:
        self.use_all(formula)
        if isinstance(formula, str):
            return Given(self.values[formula], formula, self.values)
        if formula.sizes or self.waits(formula):
            formula.check_names(self.values)
            names = {name: self.values[name] for name in formula.names}
            return Given(Bound(formula, names), formula, names)
        return Given(formula.value(self.values, None), formula, self.values)

    def waits(self, expression: Expression) -> bool:
        """Whether one of an expression's names stands for a value that waits for a size."""
        return any(isinstance(self.values.get(name), Bound) for name in expression.names)

    def repeat(self, written: Any) -> tuple[int, str | None]:
        """How often a group is repeated, and what is wrong with that (then it is once)."""
        value, name = written, ""
        try:
            if isinstance(written, str) and not written.isalnum():
                self.count(written)
                if expression := parse(written):
                    return self._computed_repeat(expression)
        except ExpressionError as error:
            return 1, f"{quoted(written)}: {error.message}"
        if isinstance(written, str) and written[:1].isidentifier():
            key = self.find(written)
            if key is None:
                name = short(written)
                return 1, f"the variable {name} has no value; add variables: {{{name}: 2}}"
            if key in self.wrong:
                return 1, None
            value, name = self.values[key], f"{short(key)}="
        if isinstance(value, Bound):
            return 1, value.refused("a repeat")
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not _is_repeat(value):
            return 1, f"{_REPEAT}, not {name}{shown(value)}"
        return value, None

    def _computed_repeat(self, expression: Expression) -> tuple[int, str | None]:
        try:
            value = self._evaluate(expression).value
        except Unreadable:
            return 1, None
        if isinstance(value, Bound):
            return 1, f"{quoted(expression.text)}: {value.refused('a repeat')}"
        if not _is_repeat(value):
            return 1, f"{_REPEAT}; {evaluation(expression, value, self.values)}"
        return value, None

    def is_on(self, words: tuple[str, ...]) -> tuple[bool, str | None]:
        """Whether an optional layer, called by any of the words, is there; and what is wrong."""
        for word in words:
            key = self.find(word)
            if key is None:
                continue
            if key in self.wrong:
                return True, None
            if isinstance(self.values[key], Bound):
                return True, self.values[key].refused(f"the switch {short(key)}")
            value = shown(self.values[key])
            on = _SWITCHES.get(value.strip("'").lower())
            wrong = f"the switch {short(key)} must be on or off, not {value}"
            return (True, wrong) if on is None else (on, None)
        return True, None

    @property
    def unused(self) -> list[str]:
        return [name for name in self.values if name not in self.used]


def _with(written: Any, found: Sequence[Given]) -> Given:
    """A list or a mapping of these."""
    formulas = [given.formula for given in found]
    names = next((given.names for given in found if given.formula), {})
    value = with_elements(written, [given.value for given in found])
    return Given(value, formulas if any(formulas) else None, names)


def _is_repeat(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_LAYERS
