"""Problems as workflow commands of GitHub Actions, which shows them beside the file's lines."""

from collections.abc import Sequence

from cnncli.check.result import Checked
from cnncli.errors import Problem, numbered


def annotations(results: Sequence[Checked]) -> str:
    """One `::error` or `::warning` line for each problem."""
    return "\n".join(
        _annotation(problem, first)
        for checked in results
        for problem, first in numbered(checked.in_file)
    )


def _annotation(problem: Problem, first: int) -> str:
    place = problem.place
    where = {"file": place.file, "line": place.line, "col": place.column}
    properties = ",".join(
        f"{name}={_property(str(value))}" for name, value in where.items() if value is not None
    )
    return f"::{problem.severity} {properties}::{_data(problem.advice(first))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
