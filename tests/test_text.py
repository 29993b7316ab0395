"""Values, numbers and names as people read them, and the words that are like others."""

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.sections import other_homes
from cnncli.text import bytes_text, closest, count, join_words, show, unknown_key

KEYS = ["lr", "momentum", "weight_decay", "batch_size", "K"]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.50 KiB"),
        (12_845_056, "12.25 MiB"),
        (2**20 - 1, "1 MiB"),
        (2**30, "1 GiB"),
        (5 * 2**40, "5 TiB"),
        (5 * 2**50, "5,120 TiB"),
    ],
)
def test_bytes(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((1, "image"), "1 image"),
        ((0, "image"), "0 images"),
        ((1024, "image"), "1,024 images"),
        ((2, "class", "classes"), "2 classes"),
    ],
)
def test_count(args, text):
    assert count(*args) == text


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


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("momentm", "momentum"),
        ("LR", "lr"),
        ("k", "K"),
        ("learning_rate", "lr"),
        ("learning-rate", "lr"),
        ("wd", "weight_decay"),
        ("batch", "batch_size"),
        ("batchsize", "batch_size"),
        ("epochs", None),
        ("", None),
        ("_", None),
        ("x" * 100_000, None),
    ],
)
def test_closest(word, meant):
    assert closest(word, KEYS) == meant


WORDS = st.text("abcdKé", min_size=1, max_size=9)


@given(WORDS, st.lists(WORDS, max_size=9))
def test_no_word_that_is_alike_is_passed_over(word, known):
    """Against difflib alone, which looks at every pair."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, 1, 0.65)
    assert closest(word, known) == (by_lower[close[0]] if close else None)


def test_listed():
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert join_words(["a", "b"], "or") == "a or b"


def test_a_key_that_belongs_elsewhere():
    assert unknown_key("patience", ["epochs"], other_homes("patience", "data")) == (
        "unknown key 'patience'; the keys here are epochs"
    )
    assert unknown_key("clip_norm", ["epochs"], other_homes("clip_norm", "the top level")) == (
        "unknown key 'clip_norm'; it belongs in train"
    )
    assert unknown_key("x\ny", ["epochs"]) == "unknown key 'x\\ny'; the keys here are epochs"
