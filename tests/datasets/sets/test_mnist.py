import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.datasets.formats.idx import read_idx
from cnncli.geometry import Volume
from tests.datasets.data_files import idx_bytes, write_idx
from tests.datasets.reading import fault, get

REMEDY = "the file is damaged or not IDX: get it again"
OWN = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"
ROOT = Path(__file__).parents[3] / "data"


@pytest.fixture
def own(tmp_path, rng):
    """A root with the arrays of a set of one's own, 6x5 pixels, three classes."""
    arrays = {
        "train-images-idx3-ubyte.gz": rng.integers(0, 256, (4, 5, 6), dtype=np.uint8),
        "train-labels-idx1-ubyte.gz": np.array([0, 2, 1, 1], np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (2, 5, 6), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": np.array([2, 0], np.uint8),
    }
    for name, array in arrays.items():
        write_idx(tmp_path / name, array)
    return tmp_path, arrays


def test_own_set(own):
    root, arrays = own
    dataset = get("idx", root)
    train, test = arrays["train-images-idx3-ubyte.gz"], arrays["t10k-images-idx3-ubyte"]
    np.testing.assert_array_equal(dataset.train.images, train[..., None])
    np.testing.assert_array_equal(dataset.test.images, test[..., None])
    assert dataset.train.labels.tolist() == [0, 2, 1, 1]
    assert dataset.train.labels.dtype == np.int64
    assert describe(DataSpec(name="idx", root=root)) == (Volume(6, 5, 1), ("0", "1", "2"), False)
    assert dataset.classes == ("0", "1", "2")


def test_colour_images_and_dots_in_names(own, rng):
    root, _ = own
    for part, count in (("train", 4), ("t10k", 2)):
        next(root.glob(f"{part}-images*")).unlink()
        images = rng.integers(0, 256, (count, 5, 6, 3), dtype=np.uint8)
        write_idx(root / f"{part}-images.idx4-ubyte", images)
    np.testing.assert_array_equal(get("idx", root).test.images, images)
    assert describe(DataSpec(name="idx", root=root)).size == Volume(6, 5, 3)


def test_digits_are_shipped():
    dataset = get("digits", ROOT)
    assert dataset.train.images.shape == (1438, 8, 8, 1)
    assert dataset.test.images.shape == (359, 8, 8, 1)
    images = np.concatenate([dataset.train.images, dataset.test.images])
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert dataset.train.labels[:8].tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    assert dataset.test.labels[:2].tolist() == [4, 9]
    first = [0, 0, 5, 13, 9, 1, 0, 0]
    assert dataset.train.images[0, 0, :, 0].tolist() == first
    assert get("digits", ROOT / "digits").digest == dataset.digest


def test_mnist_has_its_size(own, tmp_path_factory, rng):
    root = tmp_path_factory.mktemp("root")
    (root / "mnist").mkdir()
    for part in ("train", "t10k"):
        images = rng.integers(0, 256, (2, 28, 28), dtype=np.uint8)
        write_idx(root / "mnist" / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(root / "mnist" / f"{part}-labels-idx1-ubyte.gz", np.array([9, 0], np.uint8))
    dataset = get("mnist", root)
    np.testing.assert_array_equal(dataset.test.images, images[..., None])
    assert len(dataset.classes) == 10
    path = own[0] / "train-images-idx3-ubyte.gz"
    assert fault(get, "mnist", own[0]) == (
        f"{path}: expected images of 28x28x1, found 6x5x1; {OWN}"
    )


def test_missing_files(tmp_path):
    images = tmp_path / "train-images-idx3-ubyte"
    assert fault(get, "idx", tmp_path) == f"{images}: expected a file, found none; {OWN}"
    assert fault(get, "digits", tmp_path) == (
        f"{tmp_path / 'digits-images-idx3-ubyte'}: expected a file, found none; "
        "leave data.root out: the digits come with cnn"
    )


def test_labels_that_do_not_match(own):
    root, _ = own
    path = root / "t10k-labels-idx1-ubyte"
    write_idx(path, np.array([0, 3], np.uint8))
    text = "expected labels from 0 to 2, found 3 at record 1"
    assert fault(get, "idx", root) == f"{path}: {text}; {OWN}"
    write_idx(path, np.array([0, 1, 1], np.uint8))
    text = "expected a label for each of the 2 images, found 3"
    assert fault(get, "idx", root) == f"{path}: {text}; {OWN}"


GOOD = idx_bytes(np.arange(6, dtype=np.uint8).reshape(1, 2, 3))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (GOOD[:-1], f"expected 6 bytes for shape 1x2x3, found 5; {REMEDY}"),
        (GOOD + b"x", f"expected 6 bytes for shape 1x2x3, found more; {REMEDY}"),
        (GOOD[:10], f"expected 12 bytes of sizes, found 6; {REMEDY}"),
        (b"", f"expected an IDX header (0, 0, type, rank), found nothing; {REMEDY}"),
        (b"abcd", f"expected an IDX header (0, 0, type, rank), found 61 62 63 64; {REMEDY}"),
        (
            b"\0\0\x0d\3" + GOOD[4:],
            "expected unsigned bytes (type 8), found type 13; convert it to bytes",
        ),
        (
            b"\0\0\x08\1" + GOOD[4:],
            "expected rank 3 or 4, found rank 1; name the images and labels rightly",
        ),
        (
            idx_bytes(np.zeros((0, 2, 3), np.uint8)),
            f"expected sizes above 0, found 0x2x3; {REMEDY}",
        ),
    ],
)
def test_damaged(tmp_path, content, text, pack):
    path = tmp_path / "images"
    path.write_bytes(pack(content))
    assert fault(read_idx, path, (3, 4)) == f"{path}: {text}"


def test_truncated_gzip(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(GOOD)[:-9])
    assert fault(read_idx, path, (3,)).startswith(
        f"{path}: expected a whole gzip file, found damage ("
    )
    path.write_bytes(gzip.compress(GOOD)[:-8] + b"12345678")
    assert "found damage (incorrect data check)" in fault(read_idx, path, (3,))


def test_a_folder_in_its_place(tmp_path):
    text = "cannot be read: Is a directory; check the path and its permissions"
    assert fault(read_idx, tmp_path, (3,)) == f"{tmp_path}: {text}"


def test_bombs_cost_no_memory(tmp_path):
    bomb, liar = tmp_path / "bomb.gz", tmp_path / "liar"
    with gzip.open(bomb, "wb") as stream:
        stream.write(GOOD + bytes(2**26))
    liar.write_bytes(b"\0\0\x08\3" + b"\xff" * 12 + b"abc")
    tracemalloc.start()
    assert "found more" in fault(read_idx, bomb, (3,))
    assert "found 3;" in fault(read_idx, liar, (3,))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**23
