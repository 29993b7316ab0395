"""What hostile input is bounded by stands in one table, each with its reason."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnncli"
TABLE = PACKAGE / "bounds.py"
BOUND = re.compile(r"_?(MAX|MOST|LONGEST|LARGEST)(_|$)|_?\w+_(MAX|MOST|LONGEST)$")
OTHERS = [source for source in PACKAGE.rglob("*.py") if source != TABLE]


def assigned(source):
    """Names of constants that a module defines."""
    for node in ast.parse(source.read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("source", OTHERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_file_defines_a_bound(source):
    assert not [name for name in assigned(source) if BOUND.match(name)]


def test_every_bound_has_a_reason_and_is_used():
    body = ast.parse(TABLE.read_text()).body[1:]
    assert [type(node) for node in body] == [ast.Assign, ast.Expr] * (len(body) // 2)
    everything = "\n".join(source.read_text() for source in OTHERS)
    for name in assigned(TABLE):
        assert BOUND.match(name)
        assert len(re.findall(rf"\b{name}\b", everything)) >= 2, f"{name} bounds nothing"
