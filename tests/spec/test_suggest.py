from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.spec.suggest import closest, listed, unknown_key

KEYS = ["lr", "momentum", "weight_decay", "batch_size", "K"]


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
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b"], "or") == "a or b"


def test_a_key_that_belongs_elsewhere():
    assert unknown_key("patience", ["epochs"], "data") == (
        "unknown key 'patience'; the keys here are epochs"
    )
    assert unknown_key("clip_norm", ["epochs"], "the top level") == (
        "unknown key 'clip_norm'; it belongs in train"
    )
    assert unknown_key("x\ny", ["epochs"], "train") == (
        "unknown key 'x\\ny'; the keys here are epochs"
    )
