"""The pass over test images beside what each image's activations say."""

import numpy as np
import pytest

from cnncli.datasets.dataset import Split
from cnncli.inference.labelled_images import labelled_images
from cnncli.inference.layer_outputs import activations
from cnncli.inference.observation import LOOKED_AT, MACS, observe, spread
from cnncli.training.storage.resume import open_run
from tests.cli.commands import DATA
from tests.inference.pictures import train


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    data = f"{{name: digits, root: {DATA}}}"
    architecture = "INPUT-CONV3(K=8)-RELU-POOL-CONV3(K=6)-RELU-FC"
    return open_run(train(tmp_path_factory.mktemp("observed"), data, architecture))


@pytest.fixture(scope="module")
def split(saved):
    """More images than a batch has, and no whole number of batches."""
    return labelled_images(saved, "test", None, pytest.fail).split.part(slice(0, 157))


FILTERS = {"conv1": [3, 0, 7], "conv2": [5]}


@pytest.fixture(scope="module", params=[1, 2], ids=["one thread", "two threads"])
def observed(saved, split, request):
    return observe(saved, split, FILTERS, threads=request.param, notify=pytest.fail)


@pytest.fixture(scope="module")
def outputs(saved, split):
    return activations(saved, np.asarray(split.images))


def test_share_above_zero(observed, outputs, saved):
    relus = [node.name for node in saved.graph.nodes if node.kind == "RELU"]
    assert list(observed.active) == relus
    for name in relus:
        y = outputs[name]
        above = [np.mean(y[..., k] > 0) for k in range(y.shape[3])]
        np.testing.assert_allclose(observed.active[name], above, atol=1e-3)


def test_peaks(observed, outputs):
    """By brute force: the largest number of each image's map, and its place."""
    for name, filters in FILTERS.items():
        peaks = observed.peaks[name]
        assert peaks.values.shape == (len(filters), 9)
        for row, k in enumerate(filters):
            maps = outputs[name][..., k]
            order = sorted(range(len(maps)), key=lambda i: -maps[i].max())[:9]
            assert peaks.images[row].tolist() == order
            for image, y, x, value in zip(*(each[row] for each in peaks), strict=True):
                assert np.unravel_index(maps[image].argmax(), maps[image].shape) == (y, x)
                assert value == pytest.approx(maps[image].max(), rel=1e-5)


def test_fewer_images_than_peaks(saved, split):
    found = observe(saved, split.part([4, 1]), FILTERS, threads=2, notify=pytest.fail)
    assert found.peaks["conv1"].images.shape == (3, 2)


def test_equal_images_are_in_their_order(saved, split):
    same = Split(
        np.repeat(np.asarray(split.images[:1]), 12, axis=0), np.repeat(split.labels[:1], 12)
    )
    found = observe(saved, same, FILTERS, threads=2, notify=pytest.fail)
    assert found.peaks["conv1"].images.tolist() == [list(range(9))] * 3


@pytest.mark.parametrize(
    ("images", "macs", "expected"),
    [
        (5, 0, 5),
        (360, 10**6, 360),
        (10_000, 10**6, LOOKED_AT),
        (1_000, MACS // 100, 500),
        (1_000, MACS // 700, 700),
        (1, 10 * MACS, 1),
    ],
)
def test_images_that_are_looked_at(images, macs, expected):
    places = spread(images, macs)
    assert len(places) == expected == len(set(places.tolist()))
    assert places[0] == 0
    assert images - 2 * images / expected <= places[-1] < images
