"""Values as they are given: constants, or by the name of a variable, or by an expression."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from cnncli.config.expression.expression import Expression
from cnncli.config.expression.symbols import ExpressionError, quoted
from cnncli.geometry import Volume
from cnncli.problems import Path, Place, Problems
from cnncli.text import join_words, short, show


class Given(NamedTuple):
    """A value, and the name or the expression as which it is written, if it is no constant.

    Of a list or a mapping, `formula` has a list with that of each element. names: what the
    formula's names stand for. A value that is not whole is a Fraction, if an expression gives it.
    is_read: not where the formula is wrong (and reported).
    """

    value: Any
    formula: "Expression | str | list[Any] | None" = None
    names: Mapping[str, Any] = {}
    is_read: bool = True

    def check_known(self) -> None:
        """Raises ExpressionError where an element of a list or a mapping waits for a size."""
        where = "a list" if isinstance(self.value, list) else "a mapping"
        for value in elements(self.value):
            if isinstance(value, Bound):
                text = quoted(value.expression.text)
                raise ExpressionError(0, f"{text}: {value.refused(where)}")


class TooMany(ExpressionError):
    """There are more expressions than are read."""


class Bound(NamedTuple):
    """The value of an expression that asks for the size of the input, until that is known."""

    expression: Expression
    names: Mapping[str, Any]

    # What the names stand for, which may wait too, is found anew where the value is placed: to the
    # body of a block, which is read once for all equal arguments, it makes no difference.

    def __repr__(self) -> str:
        return self.expression.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bound) and self.expression == other.expression

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.expression)

    def refused(self, where: str) -> str:
        """What is said where the size of the input can have no meaning, or comes too late."""
        return f"{where} cannot ask for {self.asks}; only layers, uses of blocks and if: can"

    @property
    def asks(self) -> str:
        """What is to be known of the input."""
        found: set[str] = set()
        parts: dict[int, Bound] = {}
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if id(part) not in parts:
                parts[id(part)] = part
                found |= part.expression.sizes
                waiting += [value for value in part.names.values() if isinstance(value, Bound)]
        return join_words(f"input.{axis}" for axis in sorted(found))


class Unreadable(Exception):
    """A value depends on a variable that is wrong, which is reported there."""


def mentioned(formula: Expression | str | None) -> Iterable[str]:
    """The names in a formula, in a fixed order."""
    if formula is None:
        return ()
    return (formula,) if isinstance(formula, str) else sorted(formula.names)


def evaluation(
    expression: Expression, value: Any, names: Mapping[str, Any], sizes: Volume | None = None
) -> str:
    """What an expression gives, with the values of its names: `C/2 is 65/2 with C=65`."""
    given = expression.given(names, sizes)
    return f"{quoted(expression.text)} is {shown(value)}" + (f" with {given}" if given else "")


def explain(
    key: str,
    formula: Expression | str,
    value: Any,
    names: Mapping[str, Any],
    problem: str,
    sizes: Volume | None = None,
) -> str:
    """What is wrong with the value that a name or an expression gives to a hyperparameter."""
    is_rough = isinstance(value, Fraction) and "a whole number" in problem
    if isinstance(formula, str):
        if not is_rough:
            return problem
        says = f"{key}: {short(formula)} is {value}: not a whole number"
        return f"{says}; round it where it is computed, or here, like floor({short(formula)})"
    says = evaluation(formula, value, names, sizes)
    if is_rough:
        return f"{key}: {says}: not a whole number; round it, like floor({quoted(formula.text)})"
    return f"{says}; {problem}"


def report(problems: Problems, place: Place, path: Path | str, error: ExpressionError) -> None:
    """Reports what is wrong with an expression. Raises ConfigError where there are too many."""
    if isinstance(error, TooMany):
        problems.end(place, path, error.message)
    problems.add(place, path, error.message)


def elements(value: Any) -> list[Any]:
    """The values in a list or a mapping; of others none."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def with_elements(value: Any, found: list[Any]) -> Any:
    """The list or mapping with other values in it."""
    return dict(zip(value, found, strict=True)) if isinstance(value, dict) else found


def plain(value: Any) -> Any:
    """A value as layers take it: a fraction that is not whole as a float."""
    if isinstance(value, list | dict):
        return with_elements(value, [plain(element) for element in elements(value)])
    return float(value) if isinstance(value, Fraction) else value


def shown(value: Any) -> str:
    """A value in a message: `65/2`."""
    return str(value) if isinstance(value, Fraction) else show(value)
