import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.validation_split import hold_out as places_of
from cnncli.datasets.dataset import Draw, Split
from cnncli.problems import ConfigError
from tests.messages import error_text


def of_classes(labels):
    """Images that say their own place, of these classes."""
    labels = np.asarray(labels, np.int64)
    images = np.arange(len(labels)).astype("<i4").view(np.uint8).reshape(-1, 1, 1, 4)
    return Split(images, labels)


def numbered(count):
    """Of three classes that take turns."""
    return of_classes(np.arange(count) % 3)


def places(split):
    """Where its images were in the whole set."""
    return np.ascontiguousarray(split.images).view("<i4").ravel()


def hold_out(whole, validation, limit, seed):
    """The parts that are held out, and how."""
    training, validating, draw = places_of(whole.labels, validation, limit, seed)
    return whole.part(training), whole.part(validating), draw


SEEDS = st.none() | st.integers(0, 5)


@pytest.mark.parametrize("seed", [None, 0])
def test_nothing_is_held_out(seed):
    train, validation, _ = hold_out(numbered(5), 0, None, seed)
    assert places(train).tolist() == list(range(5))
    assert len(validation.labels) == 0


@given(st.data(), SEEDS)
def test_the_parts_are_disjoint_and_in_order(data, seed):
    count = data.draw(st.integers(2, 200))
    held = data.draw(st.integers(1, count - 1))
    limit = data.draw(st.none() | st.integers(1, count - held))
    whole = of_classes(data.draw(st.lists(st.integers(0, 6), min_size=count, max_size=count)))
    train, validation, draw = hold_out(whole, held, limit, seed)
    assert len(validation.labels) == held
    assert len(train.labels) == (count - held if limit is None else limit)
    assert len({*places(train), *places(validation)}) == len(train.labels) + held
    for part in (train, validation):
        assert (np.diff(places(part)) > 0).all()
        np.testing.assert_array_equal(part.labels, whole.labels[places(part)])
    if seed is None:
        assert draw is None
    else:
        digest = hashlib.sha256(places(validation).astype("<i8").tobytes()).hexdigest()
        assert draw == Draw("by class", seed, digest)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_choice_is_fixed_and_limits_nest(seed):
    first, second = (hold_out(numbered(100), 10, limit, seed) for limit in (6, 60))
    np.testing.assert_array_equal(places(first[1]), places(second[1]))
    assert set(places(first[0])) < set(places(second[0]))
    assert np.ptp(places(first[0])) > 20


def test_the_draw_of_earlier_versions_stays():
    """Of 12 images, as it was before classes were regarded."""
    train, validation, _ = hold_out(of_classes([0] * 12), 3, 4, None)
    assert (places(validation).tolist(), places(train).tolist()) == (
        [0, 5, 7],
        [1, 6, 8, 10],
    )


def test_another_seed_draws_others():
    held = {tuple(places(hold_out(numbered(90), 9, None, seed)[1])) for seed in range(20)}
    assert len(held) == 20


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_is_in_both_parts(seed):
    """380 cats, 20 ships and 2 dogs: a tenth is 38, 2 and, instead of 0, 1, which ships give."""
    whole = of_classes([0] * 380 + [1] * 20 + [2] * 2)
    train, validation, _ = hold_out(whole, 40, None, seed)
    assert np.bincount(validation.labels).tolist() == [37, 2, 1]
    assert np.bincount(train.labels).tolist() == [343, 18, 1]
    few, _, _ = hold_out(whole, 40, 10, seed)
    assert np.bincount(few.labels).tolist() == [8, 1, 1]


def test_a_single_image_of_a_class_is_trained_on():
    train, validation, _ = hold_out(of_classes([0] * 8 + [1]), 0.5, None, 0)
    assert (train.labels.sum(), validation.labels.sum()) == (1, 0)


@pytest.mark.parametrize(("share", "held"), [(0.1, 10), (0.25, 25), (0.999, 99), (0.005, None)])
def test_shares(share, held):
    if held is None or share == 0.999:
        with pytest.raises(ConfigError, match=r"hold out from 1 to 99"):
            hold_out(numbered(100), share, None, 0)
    else:
        assert len(hold_out(numbered(100), share, None, 0)[1].labels) == held


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
    error = error_text(ConfigError, hold_out, numbered(100), validation, limit, 0)
    text += "hold out from 1 to 99" if text.endswith("; ") else ""
    assert error == f"configuration: data.{text}"
