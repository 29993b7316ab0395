import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.validation_split import hold_out
from cnncli.datasets.dataset import Split
from cnncli.problems import ConfigError
from tests.messages import error_text


def numbered(count):
    """Images and labels that say their own place."""
    places = np.arange(count)
    return Split(places.astype(np.uint8).reshape(count, 1, 1, 1), places)


def test_nothing_is_copied_without_need():
    whole = numbered(5)
    train, validation = hold_out(whole, 0, None)
    assert train is whole
    assert validation is None


@given(st.data())
def test_the_parts_are_disjoint_and_in_order(data):
    count = data.draw(st.integers(2, 200))
    held = data.draw(st.integers(1, count - 1))
    limit = data.draw(st.none() | st.integers(1, count - held))
    train, validation = hold_out(numbered(count), held, limit)
    assert len(validation.labels) == held
    assert len(train.labels) == (count - held if limit is None else limit)
    places = np.concatenate([train.labels, validation.labels])
    assert len(set(places)) == len(places)
    for part in (train, validation):
        assert (np.diff(part.labels) > 0).all()
        np.testing.assert_array_equal(part.images.reshape(-1), part.labels.astype(np.uint8))


def test_the_choice_is_fixed_and_limits_nest():
    first, second = (hold_out(numbered(100), 10, limit) for limit in (5, 50))
    np.testing.assert_array_equal(first[1].labels, second[1].labels)
    assert set(first[0].labels) < set(second[0].labels)
    assert np.ptp(first[0].labels) > 20


@pytest.mark.parametrize(("share", "held"), [(0.1, 10), (0.25, 25), (0.999, 99), (0.005, None)])
def test_shares(share, held):
    if held is None or share == 0.999:
        with pytest.raises(ConfigError, match=r"hold out from 1 to 99"):
            hold_out(numbered(100), share, None)
    else:
        assert len(hold_out(numbered(100), share, None)[1].labels) == held


@pytest.mark.parametrize(
    ("validation", "limit", "text"),
    [
        (5000, None, "validation: 5000 holds out 5,000 of 100 training images; "),
        (100, None, "validation: 100 holds out 100 of 100 training images; "),
        (2.5, None, "validation: 2.5 is neither a share below 1 nor a whole number"),
        (
            20,
            81,
            "limit: 81 training images asked for, 80 are there (100 less 20 for validation); "
            "ask for at most 80",
        ),
    ],
)
def test_more_than_there_is(validation, limit, text):
    error = error_text(ConfigError, hold_out, numbered(100), validation, limit)
    text += "hold out from 1 to 99" if text.endswith("; ") else ""
    assert error == f"configuration: data.{text}"
