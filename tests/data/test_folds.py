"""Folds: each image is in one of them, in shares like the whole set's, whichever is asked for."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.data import DataSpec
from cnncli.config.load import load_text
from cnncli.data.catalogue import check
from cnncli.data.folds import fold_size
from cnncli.data.load import load
from cnncli.data.outline import outline
from cnncli.data.validation_split import hold_out
from cnncli.datasets.dataset import Draw
from cnncli.problems import ConfigError
from tests.cli.commands import DATA
from tests.messages import error_text


def all_folds(labels, folds, seed=0, limit=None, groups=None):
    """What is held out for each of the folds."""
    labels = np.asarray(labels, np.int64)
    of = [f"{number}/{folds}" for number in range(1, folds + 1)]
    return [hold_out(labels, 0, limit, seed, groups, fold) for fold in of]


LABELS = st.lists(st.integers(0, 6), min_size=2, max_size=120)


@given(st.data(), LABELS, st.integers(0, 5))
def test_folds_are_disjoint_complete_and_alike(data, labels, seed):
    """Whatever the set, their sizes are within one image, and those of each class in them."""
    folds = data.draw(st.integers(2, min(len(labels), 12)))
    held = all_folds(labels, folds, seed)
    assert sorted(np.concatenate([each.validating for each in held])) == list(range(len(labels)))
    counts = [np.bincount(np.array(labels)[each.validating], minlength=7) for each in held]
    assert np.ptp(counts, axis=0).max() <= 1
    sizes = [len(each.validating) for each in held]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == [fold_size(f"{i}/{folds}", len(labels)) for i in range(1, folds + 1)]
    for number, each in enumerate(held, 1):
        assert (np.diff(each.validating) > 0).all()
        assert (np.diff(each.training) > 0).all()
        assert len({*each.training, *each.validating}) == len(labels)
        digest = hashlib.sha256(each.validating.astype("<i8").tobytes()).hexdigest()
        assert each.draw == Draw("by class", seed, digest, f"{number}/{folds}")


@given(st.data(), st.integers(0, 5))
def test_groups_stay_whole(data, seed):
    """In folds none of which is empty."""
    groups = np.array(data.draw(st.lists(st.integers(0, 30), min_size=4, max_size=90)))
    labels = groups % 3
    there = len(set(groups.tolist()))
    folds = data.draw(st.integers(2, max(2, min(there, 8))))
    if there < folds:
        return
    held = all_folds(labels, folds, seed, groups=groups)
    inside = [set(groups[each.validating].tolist()) for each in held]
    assert all(inside)
    assert sum(map(len, inside)) == there == len(set.union(*inside))
    largest = np.bincount(groups).max()
    counts = [np.bincount(labels[each.validating], minlength=3) for each in held]
    assert np.ptp(counts, axis=0).max() <= largest
    assert {each.draw.rule for each in held} == {"by class and group"}


@given(LABELS.filter(lambda labels: len(labels) > 9), st.integers(1, 5))
def test_limit_takes_from_the_others(labels, limit):
    whole, cut = all_folds(labels, 2), all_folds(labels, 2, limit=limit)
    for full, part in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(full.validating, part.validating)
        assert set(part.training) <= set(full.training)
        assert len(part.training) == limit


def test_another_seed_draws_other_folds():
    first, second = (all_folds([0, 1] * 50, 5, seed)[0].validating for seed in (0, 1))
    assert first.tolist() != second.tolist()
    assert np.diff(np.diff(first)).any()


def test_more_folds_than_images_or_groups():
    assert error_text(ConfigError, all_folds, [0, 0, 1], 4) == (
        "configuration: data.fold: 1/4 needs 4 images, and there are 3 images; make fewer folds"
    )
    groups = np.array([0, 0, 1])
    assert error_text(ConfigError, all_folds, [0, 0, 1], 3, groups=groups) == (
        "configuration: data.fold: 1/3 needs 3 groups, and there are 2 groups; make fewer folds"
    )


def test_a_set_in_folds():
    """As it is loaded and as it is foretold."""
    places, images = set(), 0
    for number in (1, 2, 3):
        spec = DataSpec(name="digits", root=DATA, fold=f"{number}/3", limit=100)
        found = load(spec, download=False, notify=lambda text: None)
        told = outline(spec, download=False, notify=lambda text: None)
        assert (told.train, told.validation) == (100, len(found.validation.labels))
        assert found.draw.fold == f"{number}/3"
        places |= {image.tobytes() for image in np.asarray(found.validation.images)}
        images += len(found.validation.labels)
    assert images == 1438
    assert len(places) > 1400  # some digits are there twice


def test_fold_and_validation_exclude_each_other():
    assert error_text(ConfigError, check, DataSpec(name="digits", fold="2/5", validation=0.1)) == (
        "configuration: data.fold: 2/5 says which images validate, and so does data.validation: "
        "0.1; set one of them alone, --set data.validation=0 for the fold"
    )


def test_a_set_with_images_of_its_own_for_validation(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 4, 4, 1), dtype=np.uint8)
    labels = np.arange(12) % 3
    parts = {f"{kind}_{part}": values for part in ("train", "val", "test")
             for kind, values in (("x", images), ("y", labels))}  # fmt: skip
    np.savez(tmp_path / "own.npz", **parts)
    spec = DataSpec(name="npz", root=tmp_path / "own.npz", fold="1/2")
    assert error_text(ConfigError, load, spec, download=False, notify=lambda text: None) == (
        "configuration: data.fold: npz has 12 images of its own for validation; leave it out"
    )


@pytest.mark.parametrize("value", ["0/5", "6/5", "1/1", "1/1001", "'02/5'", "0.4", "2 / 5", "true"])
def test_what_is_no_fold(value):
    text = f"data: {{name: digits, fold: {value}}}\narchitecture: INPUT-FC\n"
    (problem,) = load_text(text, DATA / "net.yaml").problems
    assert problem.message.startswith(
        "fold must be a fold and their number, 2 to 1,000, like 2/5, not "
    )


def test_a_fold_as_it_is_written():
    text = "data: {name: digits, fold: 2/5}\narchitecture: INPUT-FC\n"
    spec = load_text(text, DATA / "net.yaml")
    assert spec.problems == ()
    assert spec.data.fold == "2/5"
    assert load_text(text, DATA / "net.yaml", ["data.fold=1000/1000"]).data.fold == "1000/1000"
