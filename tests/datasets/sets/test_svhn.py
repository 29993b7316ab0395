import sys

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.datasets.sets import svhn
from cnncli.errors import DataError

io = pytest.importorskip("scipy.io")
FORM = "X (32, 32, 3, N) of bytes and y (N, 1) of numbers"
AGAIN = "get it again from https://ufldl.stanford.edu/housenumbers/"


def write(path, images, labels, **options):
    """As the authors wrote them: the image's number last, labels from 1, and 10 for the 0."""
    path.parent.mkdir(exist_ok=True)
    content = {"X": images.transpose(1, 2, 3, 0), "y": np.where(labels, labels, 10)[:, None]}
    io.savemat(path, content, do_compression=True, **options)


@pytest.fixture
def arrays(rng):
    return {
        file: (rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), np.arange(n, dtype=np.uint8))
        for file, n in (("train_32x32.mat", 10), ("test_32x32.mat", 7))
    }


def get(root):
    return load(DataSpec(name="svhn", root=root), download=False, notify=pytest.fail)


def fault(root):
    with pytest.raises(DataError) as error:
        get(root)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("folder", ["svhn", "."])
def test_images_and_labels(tmp_path, arrays, folder):
    for file, (images, labels) in arrays.items():
        write(tmp_path / folder / file, images, labels)
    dataset = get(tmp_path)
    for split, (images, labels) in zip((dataset.train, dataset.test), arrays.values(), strict=True):
        np.testing.assert_array_equal(split.images, images)
        assert split.images.flags.c_contiguous
        assert split.labels.tolist() == labels.tolist()
    assert dataset.classes == tuple("0123456789")


@pytest.fixture
def there(tmp_path, arrays):
    for file, (images, labels) in arrays.items():
        write(tmp_path / file, images, labels)
    return tmp_path


def test_other_arrays(there, rng):
    path = there / "test_32x32.mat"
    io.savemat(path, {"X": rng.integers(0, 9, (32, 32, 4)), "z": np.ones((2, 3))})
    assert fault(there) == (
        f"{path}: expected {FORM}, found X (32, 32, 4) of int64, z (2, 3) of double; {AGAIN}"
    )


def test_too_few_labels(there, arrays):
    path = there / "test_32x32.mat"
    write(path, arrays["test_32x32.mat"][0], np.arange(6))
    assert fault(there).startswith(f"{path}: expected {FORM}, found X (32, 32, 3, 7) of uint8, y ")


def test_labels_that_are_no_numbers(there, arrays):
    path = there / "test_32x32.mat"
    images, _ = arrays["test_32x32.mat"]
    cells = np.array([["a"]] * 7, dtype=object)
    io.savemat(path, {"X": images.transpose(1, 2, 3, 0), "y": cells})
    assert fault(there).endswith(f"found X (32, 32, 3, 7) of uint8, y (7, 1) of cell; {AGAIN}")


def test_labels_out_of_range(there, arrays):
    path = there / "test_32x32.mat"
    images, labels = arrays["test_32x32.mat"]
    io.savemat(path, {"X": images.transpose(1, 2, 3, 0), "y": labels[:, None]})
    assert fault(there) == (
        f"{path}: expected labels from 0 to 9, found -1 at record 0; "
        "labels go from 1 to 10, which stands for the figure 0"
    )


@pytest.mark.parametrize("length", [0, 1, 100, 128, 200, 1000, -1])
def test_cut_off(there, length):
    path = there / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:length])
    assert fault(there).startswith(f"{path}: ")


def test_more_than_memory_should_take(there, monkeypatch):
    monkeypatch.setattr(svhn, "MOST_BYTES", 8 * 32 * 32 * 3)
    assert fault(there) == (
        f"{there}: expected at most 24,576 bytes of images, found {17 * 3072:,}; {AGAIN}"
    )


def test_without_scipy(there, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    assert len(get(there).train.labels) == 10
