import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.batches import Batches
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Crop, Flip

WORKSPACE = Workspace()
PIPELINE = Pipeline(None, [Flip(), Crop(pad=1)], 3)


def split_of(count):
    images = np.random.default_rng(1).integers(0, 256, (count, 3, 4, 2), dtype=np.uint8)
    return Split(images, np.arange(count))


def prepared(batch, first, last):
    return batch.part(first, last).images(WORKSPACE)


@given(st.integers(1, 50), st.integers(1, 60), st.booleans())
def test_an_epoch_has_every_image_once(count, size, shuffle):
    batches = Batches(split_of(count), PIPELINE, size, 0, shuffle)
    epoch = [batches.batch(0, step) for step in range(batches.steps)]
    assert sorted(np.concatenate([batch.labels for batch in epoch])) == list(range(count))
    assert all(len(batch) == size for batch in epoch[:-1])
    assert 1 <= len(epoch[-1]) <= size


def test_file_order_and_plain_without_shuffle():
    split = split_of(7)
    batches = Batches(split, PIPELINE, 3, 0, shuffle=False)
    assert batches.steps == 3
    batch = batches.batch(4, 2)
    assert batch.labels.tolist() == [6]
    np.testing.assert_array_equal(
        prepared(batch, 0, 1), PIPELINE.plain(WORKSPACE, split.images[6:])
    )


@pytest.mark.parametrize("visits", [[(2, 1)], [(0, 0), (2, 0), (5, 2), (2, 1)]])
def test_a_batch_is_a_function_of_seed_epoch_and_step(visits):
    split = split_of(20)
    expected = Batches(split, PIPELINE, 8, 9, True).batch(2, 1)
    batches = Batches(split, PIPELINE, 8, 9, True)
    batch = [batches.batch(*visit) for visit in visits][-1]
    np.testing.assert_array_equal(batch.labels, expected.labels)
    np.testing.assert_array_equal(prepared(batch, 0, 8), prepared(expected, 0, 8))


def test_orders_differ_between_epochs_and_seeds():
    batches = Batches(split_of(100), PIPELINE, 100, 0, True)
    orders = [tuple(batches.batch(epoch, 0).labels) for epoch in range(3)]
    orders.append(tuple(Batches(split_of(100), PIPELINE, 100, 1, True).batch(0, 0).labels))
    assert len(set(orders)) == 4


def test_shards_are_parts_of_the_batch():
    split = split_of(20)
    batch = Batches(split, PIPELINE, 15, 0, True).batch(1, 0)
    whole = prepared(batch, 0, 15)
    assert whole.shape == (15, 3, 4, 2)
    np.testing.assert_array_equal(
        np.concatenate([prepared(batch, 0, 6), prepared(batch, 6, 15)]), whole
    )
    indices = batch.labels
    np.testing.assert_array_equal(
        whole, PIPELINE.train(WORKSPACE, split.images[indices], indices, 1)
    )


@pytest.mark.parametrize(
    ("last", "count", "sizes"),
    [
        ("short", 10, [4, 4, 2]),
        ("drop", 10, [4, 4]),
        ("wrap", 10, [4, 4, 4]),
        ("short", 8, [4, 4]),
        ("drop", 8, [4, 4]),
        ("wrap", 8, [4, 4]),
        ("short", 3, [3]),
        ("drop", 3, [3]),
        ("wrap", 3, [4]),
        ("wrap", 1, [4]),
    ],
)
def test_the_last_batch(last, count, sizes):
    batches = Batches(split_of(count), PIPELINE, 4, 0, True, last)
    epoch = [batches.batch(3, step).labels for step in range(batches.steps)]
    assert [len(labels) for labels in epoch] == sizes
    seen = np.concatenate(epoch)
    assert len(set(seen)) == min(sum(sizes), count)
    if last == "wrap":
        np.testing.assert_array_equal(seen, np.resize(seen[:count], sum(sizes)))
