"""Spaces: conditions hold or do not, whatever the order of the keys is."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.source_text.values import parse_value
from cnncli.problems import Place, Problems
from cnncli.sweep.domains import Choices, Integers
from cnncli.sweep.presence import Condition
from cnncli.sweep.space import Space
from cnncli.sweep.trial import Trial

SIGNS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
}


@given(st.data())
def test_the_grid_is_the_product_without_what_is_not_there(data):
    """Each point once, against a product of everything in which None is `not there`."""
    count = data.draw(st.integers(1, 5))
    names = [f"k{i}" for i in range(count)]
    whens = {}
    for i, name in enumerate(names):
        when = ()
        if i and data.draw(st.booleans()):
            other = data.draw(st.sampled_from(names[:i]))
            sign = data.draw(st.sampled_from(sorted(SIGNS)))
            value = data.draw(st.integers(1, 3))
            when = (Condition(other, sign, [value] if sign == "in" else value),)
        whens[name] = when
    order = data.draw(st.permutations(names))
    space = Space({name: Integers(whens[name], 1, 3) for name in order})
    expected = set()
    for values in product((1, 2, 3), repeat=count):
        there = {}
        for name, value in zip(names, values, strict=True):
            if all(c.key in there and SIGNS[c.sign](there[c.key], c.value) for c in whens[name]):
                there[name] = value
        expected.add(tuple(sorted(there.items())))
    found = [tuple(sorted(point.items())) for point in space.grid]
    assert len(found) == len(set(found))
    assert set(found) == expected
    for point in space.grid:
        assert list(point) == [name for name in order if name in point]


def test_a_name_inside_a_section():
    """A text stands for a mapping of that name, on either side."""
    choices = ("sgd", {"name": "adamw", "lr": 0.01})
    for key in ("train.optimizer", "train.optimizer.name"):
        condition = Condition(key, "=", "adamw")
        held = [condition.holds({"train.optimizer": value}) for value in choices]
        assert held == [False, True]
    assert Condition("train.optimizer.lr", "<", 0.1).holds({"train.optimizer": choices[1]})
    assert not Condition("train.optimizer.lr", "<", 0.1).holds({"train.optimizer": "sgd"})


def test_true_is_not_one():
    assert not Condition("a", "=", True).holds({"a": 1})
    assert not Condition("a", "<", 3).holds({"a": True})
    assert not Condition("a", "<", 3).holds({"a": "x"})
    assert Condition("a", "=", 1).holds({"a": 1.0})


def test_sections_are_set_before_their_keys():
    values = {"train.optimizer.lr": 0.1, "train.optimizer": {"name": "adamw"}}
    assert Trial(0, values).overrides == (
        "train.optimizer={name: adamw}",
        "train.optimizer.lr=0.1",
    )


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=8)
NUMBER = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_values_are_exact_in_overrides(value):
    """Read again, as an override of a variable, they are what they were."""
    space = Space({"variables.a": Choices((), (value,))})
    trial = Trial(0, space.grid[0])
    (text,) = trial.overrides
    written = text.removeprefix("variables.a=")
    assert parse_value(written, Place("there"), Problems()).value == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "a=null"), (1e-5, "a=1e-05"), ("on", "a=on"), ("3", 'a="3"'), (["flip", {"crop": 2}],
     "a=[flip, {crop: 2}]"), (True, "a=true")],
)  # fmt: skip
def test_texts_of_values(value, text):
    assert str(Trial(0, {"a": value})) == text
