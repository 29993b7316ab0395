import pytest

from cnncli.text import closest, listed, unknown_key

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
