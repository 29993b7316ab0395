import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.data.load import load
from cnncli.geometry import Volume
from cnncli.problems import ConfigError
from tests.datasets.data_files import rewrite_zip
from tests.datasets.reading import REMEDY, expect_little, fault, get
from tests.messages import error_text


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_whole_set(tmp_path, arrays, save):
    path = tmp_path / "set.npz"
    save(path, **arrays)
    dataset = get("npz", path)
    for split, part in ((dataset.train, "train"), (dataset.test, "test")):
        np.testing.assert_array_equal(split.images, arrays[f"x_{part}"])
        np.testing.assert_array_equal(split.labels, arrays[f"y_{part}"])
        assert split.labels.dtype == np.int64
    description = describe(DataSpec(name="npz", root=path))
    assert description == (Volume(6, 4, 3), ("0", "1", "2", "3"), False)


def test_names_for_classes(npz):
    count = len(get("npz", npz).classes)
    names = tuple(f"kind {k}" for k in range(count))
    spec = DataSpec(name="npz", root=npz, classes=names)
    assert describe(spec).classes == names
    assert load(spec, download=False, notify=expect_little).classes == names
    error = error_text(ConfigError, describe, DataSpec(name="npz", root=npz, classes=names[1:]))
    assert error == (
        f"configuration: data.classes: {count - 1} names, but the labels go from 0 to {count - 1}; "
        f"give {count}"
    )


@pytest.mark.parametrize(
    ("name", "classes", "text"),
    [
        ("npz", ("a", "b", "a"), "two are called 'a'; give each its own name"),
        ("digits", ("a", "b"), "only csv, idx and npz take it, not digits; leave it out"),
        ("folder", ("a", "b"), "only csv, idx and npz take it, not folder; leave it out"),
    ],
)
def test_names_that_can_not_be(tmp_path, name, classes, text):
    error = error_text(ConfigError, describe, DataSpec(name=name, root=tmp_path, classes=classes))
    assert error == f"configuration: data.classes: {text}"


def test_grey_images_other_orders_and_types(tmp_path, arrays):
    path = tmp_path / "set.npz"
    for part in ("train", "test"):
        arrays[f"x_{part}"] = np.asfortranarray(arrays[f"x_{part}"][..., 0])
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(">u2")
    np.savez(path, **arrays)
    dataset = get("npz", path)
    np.testing.assert_array_equal(dataset.train.images[..., 0], arrays["x_train"])
    assert dataset.train.images.flags.c_contiguous
    assert dataset.train.labels.tolist() == [0, 1, 3, 3, 2]


@pytest.mark.parametrize(
    ("key", "change", "text"),
    [
        (
            "x_test",
            lambda x: x.reshape(2, -1),
            "expected images (N, H, W) or (N, H, W, C), found uint8 (2, 72); "
            "write images.reshape(-1, height, width, channels)",
        ),
        (
            "x_test",
            lambda x: x[:, :3],
            "expected images of 6x4x3, found 6x3x3; make them alike",
        ),
        (
            "x_test",
            lambda x: x.astype(complex),
            "expected images of numbers, found complex128; "
            "write them as one array of uint8, values 0 to 255",
        ),
        (
            "y_test",
            lambda y: np.array([[[3]], [[0]]]),
            "expected whole numbers or text (N,), or rows (N, K) with a single 1, found "
            "int64 (2, 1, 1); write one label for each image",
        ),
        (
            "y_train",
            lambda y: np.array([{}, 1], object),
            "expected whole numbers or text (N,), or rows (N, K) with a single 1, found "
            "object (2,); convert names with labels.astype('str'), numbers with "
            "labels.astype('int64')",
        ),
        (
            "y_test",
            lambda y: y + 1,
            "expected labels from 0 to 3, found 4 at record 0; y_train decides the classes",
        ),
        (
            "y_test",
            lambda y: y[:1],
            f"expected a label for each of the 2 images, found 1; {REMEDY}",
        ),
    ],
)
def test_wrong_arrays(tmp_path, arrays, key, change, text):
    path = tmp_path / "set.npz"
    np.savez(path, **arrays | {key: change(arrays[key])})
    assert fault(get, "npz", path) == f"{path}: {key}: {text}"


def test_negative_and_huge_labels(tmp_path, arrays):
    path = tmp_path / "set.npz"
    for wrong in (-1, 2**40):
        np.savez(path, **arrays | {"y_train": np.array([0, 1, wrong, 3, 2])})
        assert fault(get, "npz", path) == (
            f"{path}: y_train: expected labels from 0 to 9999, found {wrong} at record 2; write "
            "numpy.searchsorted(numpy.unique(y_train), labels) for the labels of each part"
        )
        numbers = np.array([0, 1, wrong, 3, 2])
        own = np.searchsorted(np.unique(numbers), numbers)
        np.savez(path, **arrays | {"y_train": own})
        assert len(get("npz", path).classes) == 5


def test_missing_array(tmp_path, arrays):
    path = tmp_path / "set.npz"
    del arrays["y_test"]
    np.savez(path, **arrays)
    assert fault(get, "npz", path) == (
        f"{path}: expected y_test, an array of labels, found x_train, y_train and x_test; {REMEDY}"
    )


def test_not_an_archive(tmp_path):
    path = tmp_path / "set.npz"
    text = "expected an .npz file, found none; set data.root to the file"
    assert fault(get, "npz", path) == f"{path}: {text}"
    text = "expected an .npz file, found a folder; set data.root to the file"
    assert fault(get, "npz", tmp_path) == f"{tmp_path}: {text}"
    path.write_bytes(b"hello")
    assert fault(get, "npz", path) == (
        f"{path}: expected a whole .npz file, found damage (File is not a zip file); {REMEDY}"
    )


def test_truncated_archive(npz):
    npz.write_bytes(npz.read_bytes()[:-100])
    assert "expected a whole .npz file, found damage (" in fault(get, "npz", npz)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda old: old[:-1], "expected 360 bytes, found 359"),
        (lambda old: old + b"x", "expected 360 bytes, found 361"),
        (
            lambda old: old.replace(b"(5, 4, 6, 3)", b"(5, 4, 6, 9)"),
            "expected 1,080 bytes, found 360",
        ),
    ],
)
def test_an_array_of_another_length_than_its_header_says(npz, change, text):
    rewrite_zip(npz, "x_train", change)
    assert fault(get, "npz", npz) == f"{npz}: x_train: {text}; {REMEDY}"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00\x10\x00{'a': 1}       \n"])
def test_a_member_that_is_no_array(npz, content):
    rewrite_zip(npz, "x_train", lambda _: content)
    text = fault(get, "npz", npz)
    assert text.startswith(f"{npz}: x_train: expected a NumPy array, found damage (")
    assert "\n" not in text
