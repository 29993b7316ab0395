"""The same image in two classes or parts is counted; what only looks alike is not."""

import numpy as np
import pytest
from PIL import Image

from cnncli.datasets import repeats
from cnncli.datasets.dataset import Parts, Split, digest
from cnncli.datasets.repeats import Fingerprints
from tests.datasets.reading import get, to_test

CLASSES = ("cat", "dog", "owl")


def told(train, test, validation=None):
    parts = Parts(CLASSES, train, test, validation=validation)
    prints = Fingerprints()
    assert digest(parts, prints.see) == digest(parts)
    return list(repeats.remarks(parts, prints.all()))


def split(rng, count, shape=(4, 4, 3)):
    labels = np.arange(count) % len(CLASSES)
    return Split(rng.integers(0, 256, (count, *shape), dtype=np.uint8), labels)


@pytest.mark.parametrize("shape", [(4, 4, 3), (1, 1, 1), (2, 4, 1), (3, 3, 1), (5, 5, 3)])
def test_in_two_classes(rng, shape):
    train, test = split(rng, 9, shape), split(rng, 3, shape)
    train.images[:] += np.arange(9, dtype=np.uint8).reshape(-1, 1, 1, 1)
    if shape == (1, 1, 1):
        train.images[:, 0, 0, 0], test.images[:, 0, 0, 0] = range(9), range(9, 12)
    assert told(train, test) == []
    train.images[6] = train.images[0]  # of the same class
    assert told(train, test) == []
    train.images[4] = train.images[0]
    first = "image 0 of train (cat) is image 4 of train (dog) too"
    assert told(train, test) == [f"warning: 1 image is in two classes or more: {first}"]
    train.images[5] = train.images[0]
    train.images[3] = train.images[8]
    assert told(train, test) == [f"warning: 2 images are in two classes or more: {first}"]


def test_in_two_parts(rng):
    train, test, validation = (split(rng, count) for count in (9, 3, 3))
    assert told(train, test, validation) == []
    test.images[0] = train.images[3]
    where = "in two or more of train, validation and test"
    first = "image 3 of train (cat) is image 0 of test (cat) too"
    assert told(train, test, validation) == [f"warning: 1 image is {where}: {first}"]
    validation.images[0], validation.images[1] = train.images[3], test.images[1]
    assert told(train, test, validation) == [f"warning: 2 images are {where}: {first}"]


@pytest.mark.parametrize("place", [0, 8, 47])
def test_images_made_to_look_alike(rng, place):
    """Two bytes at the ends of words: their sums with odd weights are the same."""
    train, test = split(rng, 9), split(rng, 3)
    other = train.images[0].copy()
    for at in (7, 15):
        other.reshape(-1)[at] ^= 128
    train.images[4] = other
    prints = Fingerprints()
    digest(Parts(CLASSES, train, test), prints.see)
    assert len(set(prints.all().tolist())) == 11
    assert told(train, test) == []
    train.images[4] = train.images[0]
    train.images[4].reshape(-1)[place] ^= 1
    assert told(train, test) == []


def test_all_alike_and_one_class(rng):
    black = Split(np.zeros((4, 3, 3, 1), np.uint8), np.ones(4, np.int64))
    assert told(black, black) == [
        "warning: all images to train on are of one class, dog",
        "warning: all 8 images are alike",
    ]


@pytest.mark.parametrize("memory", [1, None])
def test_files_are_named(tmp_path, rng, memory):
    for name in ("a", "b"):
        for i in range(5):
            path = tmp_path / name / f"{i}.png"
            path.parent.mkdir(exist_ok=True)
            array = rng.integers(0, 256, (256, 512, 3), dtype=np.uint8)
            Image.fromarray(array).save(path, compress_level=1)
    test = to_test([0] * 5 + [1] * 5)
    a, b = tmp_path / "a" / f"{test[:5].argmin()}.png", tmp_path / "b" / f"{test[5:].argmax()}.png"
    b.write_bytes(a.read_bytes())
    first = f"{a} (a) is {b} (b) too"
    assert get("folder", tmp_path, memory=memory).remarks[1:] == (
        f"warning: 1 image is in two classes or more: {first}",
        f"warning: 1 image is in two or more of train, validation and test: {first}",
    )
