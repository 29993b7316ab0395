from pathlib import Path

import numpy as np
import pytest

from cnncli.datasets.dataset import digest
from cnncli.datasets.figures import FIGURES
from cnncli.datasets.painting import draw
from cnncli.datasets.sets.patterns import PATTERNS

DIGEST = "7d38458ac4da2e024bd390988e69671c3f0fec6841a26fbed20a962c0145ece7"


@pytest.fixture(scope="module")
def parts():
    return PATTERNS.load(Path())


def test_sizes_and_classes(parts):
    assert parts.train.images.shape == (10_000, 32, 32, 3)
    assert parts.test.images.shape == (2_000, 32, 32, 3)
    assert parts.train.images.dtype == np.uint8
    assert np.bincount(parts.train.labels).tolist() == [1000] * 10
    assert np.bincount(parts.test.labels).tolist() == [200] * 10
    assert parts.classes == tuple(FIGURES)


def test_always_the_same_bits(parts):
    assert digest(parts) == DIGEST


def test_no_image_twice(parts):
    images = np.concatenate([parts.train.images, parts.test.images]).reshape(12_000, -1)
    assert len({image.tobytes() for image in images}) == 12_000


def test_an_image_depends_on_its_place_alone(parts):
    few = draw(30, 0, parts.classes)
    np.testing.assert_array_equal(few.images, parts.train.images[:30])


def test_colour_does_not_tell_the_class(parts):
    means = parts.train.images.mean(axis=(1, 2))
    by_class = np.array([means[parts.train.labels == k].mean(axis=0) for k in range(10)])
    assert np.abs(by_class - means.mean(axis=0)).max() < 0.15 * means.std(axis=0).min()


def test_a_linear_classifier_fails(parts):
    train, test = (
        split.images.reshape(len(split.labels), -1).astype(np.float32) / 255
        for split in (parts.train, parts.test)
    )
    mean = train.mean(axis=0)
    train, test = train - mean, test - mean
    targets = np.eye(10, dtype=np.float32)[parts.train.labels] - np.float32(0.1)
    system = train.T @ train + np.float32(1000) * np.eye(3072, dtype=np.float32)
    found = (test @ np.linalg.solve(system, train.T @ targets)).argmax(axis=1)
    assert (found == parts.test.labels).mean() < 0.2


@pytest.mark.parametrize(
    ("figure", "inside", "outside"),
    [
        ("disc", [(0, 0), (0.6, 0.6)], [(0.7, 0.7)]),
        ("ring", [(0.75, 0), (0, -0.75)], [(0, 0), (1, 0)]),
        ("square", [(0.7, 0.7)], [(0.8, 0), (0, -0.8)]),
        ("triangle", [(0, 1.0), (0.8, -0.5)], [(0.5, 0.7), (0, -0.6)]),
        ("star", [(0, 0), (1.0, 0)], [(-0.5, 0)]),
        ("cross", [(0, 0.9), (-0.9, 0)], [(0.5, 0.5)]),
        ("crescent", [(-0.6, 0)], [(0.3, 0), (1.1, 0)]),
        ("stripes", [(0, 0), (0.8, 0.5)], [(0.4, 0), (0, 1.1)]),
        ("checker", [(0.25, -0.25), (-0.75, 0.75)], [(0.25, 0.25), (-0.75, -0.75)]),
        ("dots", [(0, 0), (0.7, -0.7)], [(0.35, 0.35), (1.4, 0)]),
    ],
)
def test_points_of_figures(figure, inside, outside):
    x, y = np.array(inside + outside, np.float32).T
    distance = FIGURES[figure](x, y)
    assert distance.dtype == np.float32
    assert (distance[: len(inside)] < 0).all(), distance
    assert (distance[len(inside) :] > 0).all(), distance
