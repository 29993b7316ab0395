"""Conditions of layers, blocks and groups: `if: S > 1 or K != input.D`."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cnncli.config.expression.arithmetic import SizeUnknown
from cnncli.config.expression.expression import condition
from cnncli.config.expression.given import Bound, Given, Unreadable, report, shown
from cnncli.config.expression.symbols import ExpressionError, quoted
from cnncli.problems import Path, Place, Problems

from .variables import Variables


@dataclass(frozen=True)
class Condition:
    """Whether what it stands beside is there: on or off, or Bound where that waits for a size."""

    given: Given
    place: Place
    path: Path
    problems: Problems

    def report(self, message: str) -> None:
        """Reports what is wrong with it."""
        self.problems.add(self.place, self.path, message)


def read_condition(
    written: Any,
    path: Path,
    locate: Callable[[int], Place],
    variables: Variables,
    problems: Problems,
) -> Condition | None:
    """What stands after `if`; None where that is wrong (and reported).

    locate: the place of an offset in its text.
    """
    try:
        return Condition(_read(written, variables), locate(0), path, problems)
    except ExpressionError as error:
        error = type(error)(error.offset, f"{_shown(written)}: {error.message}")
        report(problems, locate(error.offset), path, error)
    except Unreadable:
        pass
    return None


def _shown(written: Any) -> str:
    return quoted(written) if isinstance(written, str) else shown(written)


def _read(written: Any, variables: Variables) -> Given:
    """Raises ExpressionError, and Unreadable where a variable is wrong."""
    if isinstance(written, bool):
        return Given(written)
    if not isinstance(written, str):
        raise ExpressionError(0, "if takes a condition, like S > 1")
    variables.count(written)
    expression = condition(written)
    variables.use_all(expression)
    expression.check_names(variables.values)
    names = {name: variables.values[name] for name in expression.names}
    if not variables.waits(expression):
        with suppress(SizeUnknown):
            return Given(expression.is_on(names, None), expression, names)
    return Given(Bound(expression, names), expression, names)
