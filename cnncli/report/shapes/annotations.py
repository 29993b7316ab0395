"""Problems for build servers: GitHub workflow commands and SARIF."""

import os
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from cnncli.check.result import Checked
from cnncli.problems import Problem, number_fixes
from cnncli.text import for_terminal, json_text
from cnncli.version import __version__


def annotations(results: Sequence[Checked]) -> str:
    """One `::error` or `::warning` line for each problem."""
    return "\n".join(_annotation(*numbered) for numbered in _number(results))


def _number(results: Sequence[Checked]) -> Iterator[tuple[Problem, int]]:
    """Every problem with the number of its first fix in its file."""
    return (numbered for checked in results for numbered in number_fixes(checked.in_file))


def _annotation(problem: Problem, first: int) -> str:
    place = problem.place
    where = {"file": place.file, "line": place.line, "col": place.column}
    properties = ",".join(
        f"{name}={_escape(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in where.items()
        if value is not None
    )
    return f"::{problem.severity} {properties}::{_escape(problem.advice(first))}"


def _escape(text: str) -> str:
    return for_terminal(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


RULE = "network"
"""The one rule: a configuration must describe a network that fits together."""


def sarif(results: Sequence[Checked]) -> str:
    """A log with one run, and one result for each problem."""
    rule = {
        "id": RULE,
        "shortDescription": {"text": "The configuration describes a network that fits together."},
    }
    run = {
        "tool": {"driver": {"name": "cnn", "version": __version__, "rules": [rule]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(*numbered) for numbered in _number(results)],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json_text(log)


def _result(problem: Problem, first: int) -> dict[str, Any]:
    place = problem.place
    path = PurePath(place.file)
    uri = path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
    location: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line is not None:
        location["region"] = {"startLine": place.line}
        if place.column is not None:
            location["region"]["startColumn"] = place.column
    return {
        "ruleId": RULE,
        "level": problem.severity,
        "message": {"text": problem.advice(first)},
        "locations": [{"physicalLocation": location}],
    }
