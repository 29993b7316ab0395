"""SVHN's files against SciPy's writer, which stands in for MATLAB's."""

import hashlib
import zlib

import numpy as np
import pytest

from cnncli.datasets.sets import data_sets
from tests.datasets.data_files import as_published
from tests.datasets.reading import fault, get

io = pytest.importorskip("scipy.io")
AGAIN = "get it again from https://ufldl.stanford.edu/housenumbers/"
COUNTS = (2_010, 7)
"""Images of both files; they are turned by the thousand."""


def write(path, images, labels, **more):
    """As the authors wrote them: the image's number last, labels from 1, and 10 for the 0."""
    path.parent.mkdir(exist_ok=True)
    content = {"X": images.transpose(1, 2, 3, 0), "y": np.where(labels, labels, 10)[:, None]}
    io.savemat(path, content | more, do_compression=True)


@pytest.fixture
def written(rng, publish):
    """written(folder, **more): both files with their images and labels, which are published."""

    def make(folder, dtype=np.uint8, **more):
        splits, files = [], []
        for published, count in zip(data_sets()["svhn"].files, COUNTS, strict=True):
            images = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
            labels = (np.arange(count) % 10).astype(dtype)
            write(folder / published.file, images, labels, **more)
            splits.append((images, labels))
            files.append(as_published(folder / published.file, published))
        publish("svhn", files=tuple(files))
        return splits

    return make


def check(dataset, splits):
    for split, (images, labels) in zip((dataset.train, dataset.test), splits, strict=True):
        np.testing.assert_array_equal(split.images, images)
        assert split.images.flags.c_contiguous
        assert split.labels.tolist() == labels.tolist()


@pytest.mark.parametrize("folder", ["svhn", "."])
def test_images_and_labels(tmp_path, written, folder):
    splits = written(tmp_path / folder)
    dataset = get("svhn", tmp_path)
    check(dataset, splits)
    assert dataset.classes == tuple("0123456789")


@pytest.mark.parametrize("dtype", [np.int32, np.float64])
def test_labels_of_other_types_and_another_variable(tmp_path, written, dtype):
    """SciPy and MATLAB store numbers in a smaller type than they have."""
    splits = written(tmp_path, dtype, another=np.ones((3, 2)))
    check(get("svhn", tmp_path), splits)


@pytest.mark.parametrize("length", [0, 1, 100, 128, 1000, -1])
def test_cut_off(tmp_path, written, length, monkeypatch):
    written(tmp_path)
    path, published = tmp_path / "test_32x32.mat", data_sets()["svhn"].files[1]
    path.write_bytes(path.read_bytes()[:length])
    monkeypatch.setattr(zlib, "decompressobj", after_train(zlib.decompressobj))
    assert fault(get, "svhn", tmp_path) == (
        f"{path}: expected {published.size:,} bytes with SHA-256 {published.sha256}, "
        f"found {path.stat().st_size:,}; {AGAIN}"
    )


def after_train(real):
    """Nothing but the two variables of the published first file is unzipped."""
    calls = []

    def call(*arguments):
        calls.append(arguments)
        assert len(calls) <= 2
        return real(*arguments)

    return call


def test_a_flipped_bit(tmp_path, written):
    written(tmp_path)
    path, published = tmp_path / "train_32x32.mat", data_sets()["svhn"].files[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    assert fault(get, "svhn", tmp_path) == (
        f"{path}: expected {published.size:,} bytes with SHA-256 {published.sha256}, found "
        f"{len(content):,} with {hashlib.sha256(content).hexdigest()}; {AGAIN}"
    )
