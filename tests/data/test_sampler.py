"""Balanced epochs: counts of classes and of images, by counting what is shown."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.batches import Batches
from cnncli.data.pipeline import Pipeline
from cnncli.data.sampler import balanced
from cnncli.datasets.dataset import Split
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Crop

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(any)


def labels_of(sizes):
    """So many images of each class, in an order that mixes them."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return np.random.default_rng(0).permutation(labels)


@given(SIZES, st.integers(0, 2**63 - 1), st.integers(0, 30))
def test_an_epoch(sizes, seed, epoch):
    labels = labels_of(sizes)
    showings = balanced(labels, seed, epoch)
    count, present = len(labels), sum(size > 0 for size in sizes)
    assert len(showings) == len(set(showings.tolist())) == count
    shown = Counter(labels[showings % count].tolist())
    allowed = {count // present, -(-count // present)}
    assert {shown[k] for k, size in enumerate(sizes) if size} <= allowed
    times = np.bincount(showings % count, minlength=count)
    assert all(np.ptp(times[labels == k]) <= 1 for k, size in enumerate(sizes) if size)
    expected = [image + count * n for image in range(count) for n in range(times[image])]
    assert sorted(showings.tolist()) == sorted(expected)


@given(SIZES, st.integers(0, 99))
def test_a_class_is_shown_whole_before_an_image_repeats(sizes, seed):
    """Through epochs too: at no end of an epoch was an image shown two times more than another."""
    labels = labels_of(sizes)
    times = np.zeros(len(labels), np.int64)
    per_class = np.zeros(len(sizes), np.int64)
    for epoch in range(12):
        showings = balanced(labels, seed, epoch) % len(labels)
        times += np.bincount(showings, minlength=len(labels))
        per_class += np.bincount(labels[showings], minlength=len(sizes))
        assert all(np.ptp(times[labels == k]) <= 1 for k, size in enumerate(sizes) if size)
        assert np.ptp(per_class[np.array(sizes) > 0]) <= 1


def batches(seed=4, last="short", pipeline=None):
    labels = labels_of([38, 2, 0])
    images = np.random.default_rng(1).integers(0, 256, (40, 5, 5, 1), dtype=np.uint8)
    pipeline = pipeline or Pipeline(None, (), 3)
    return Batches(Split(images, labels), pipeline, 7, seed, True, last, sampler="balanced")


@pytest.mark.parametrize("visits", [[(2, 1)], [(0, 0), (2, 0), (5, 2), (2, 1)]])
def test_a_batch_is_a_function_of_seed_epoch_and_step(visits):
    expected, found = batches().batch(2, 1), None
    shown = batches()
    for visit in visits:
        found = shown.batch(*visit)
    np.testing.assert_array_equal(found.indices, expected.indices)
    assert not np.array_equal(batches(seed=5).batch(2, 1).indices, expected.indices)


@pytest.mark.parametrize("last", ["short", "drop", "wrap"])
def test_images_come_with_their_labels(last):
    """In a random order of both classes, half of each."""
    shown = batches(last=last)
    epoch = [shown.batch(3, step) for step in range(shown.steps)]
    split = shown.split
    for batch in epoch:
        images = batch.part(0, len(batch)).images(Workspace())
        places = batch.indices % 40
        np.testing.assert_allclose(images, np.asarray(split.images)[places] / 255, rtol=1e-6)
        np.testing.assert_array_equal(batch.labels, split.labels[places])
    assert {tuple(sorted(set(batch.labels))) for batch in epoch} >= {(0, 1)}
    counts = np.bincount(np.concatenate([batch.labels for batch in epoch]))
    if last == "short":
        assert counts.tolist() == [20, 20]


def test_each_showing_is_augmented_otherwise():
    """Two images that fill half of an epoch would teach the same two pictures ten times."""
    shown = batches(pipeline=Pipeline(None, [Crop(pad=2)], 3))
    pictures = set()
    for step in range(shown.steps):
        batch = shown.batch(0, step)
        images = batch.part(0, len(batch)).images(Workspace())
        pictures |= {images[n].tobytes() for n in np.flatnonzero(batch.labels == 1)}
    assert len(pictures) > 12
