"""Values in messages."""

import pytest

from cnncli.problems import show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "empty"),
        (True, "true"),
        (1.5, "1.5"),
        ("it's", '"it\'s"'),
        ("\x1b", "'\\x1b'"),
        ([], "[]"),
        ({}, "{}"),
        ([1, ["a", {}], None], "[1, ['a', {}], None]"),
        ({"a": [1, 2], "b": {"c": True}}, "{'a': [1, 2], 'b': {'c': True}}"),
        ("x" * 58, f"'{'x' * 58}'"),
        ("x" * 59, f"'{'x' * 55} ..."),
        ([1234567] * 9, "[1234567, 1234567, 1234567, 1234567, 1234567, 1234567, 1 ..."),
    ],
)
def test_shown(value, text):
    assert show(value) == text


def test_no_more_is_looked_at_than_is_shown():
    value = ["x"] * 10
    for _ in range(40):
        value = [value] * 10
    assert show(value) == "[" * 41 + "'x', 'x', 'x',  ..."
