"""Problems in the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS, 2020)."""

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from cnncli import __version__
from cnncli.check.result import Checked
from cnncli.errors import Problem, numbered

RULE = "network"
"""The one rule: a configuration must describe a network that fits together."""


def as_sarif(results: Sequence[Checked]) -> str:
    """A log with one run, and one result for each problem."""
    rule = {
        "id": RULE,
        "shortDescription": {"text": "The configuration describes a network that fits together."},
    }
    run = {
        "tool": {"driver": {"name": "cnn", "version": __version__, "rules": [rule]}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(problem, first)
            for checked in results
            for problem, first in numbered(checked.in_file)
        ],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(problem: Problem, first: int) -> dict[str, Any]:
    place = problem.place
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
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


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
