"""Which numbers of an archive's images stand for which values, and advice about all others."""

import re
from fractions import Fraction

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from tests.datasets.reading import fault, get

PARTS = ("train", "test")


@pytest.fixture
def saved(tmp_path, arrays):
    """saved(**changes): the path of the small set with some arrays replaced."""

    def save(**changes):
        np.savez(tmp_path / "set.npz", **arrays | changes)
        return tmp_path / "set.npz"

    return save


def with_warnings(root, **more):
    """The set, and what is doubtful in its file."""
    told = []
    dataset = load(DataSpec(name="npz", root=root, **more), download=False, notify=told.append)
    assert all(text.startswith("warning: no image of ") for text in told)
    return dataset, [text for text in dataset.remarks if text.startswith(f"warning: {root}")]


def half_to_even(x):
    """255 x in whole numbers, from the definition."""
    return round(255 * Fraction(float(x)))


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "<f8", "longdouble"])
@pytest.mark.parametrize("order", "CF")
def test_floats(saved, rng, kind, order):
    """Also numbers that lie half-way between two values, exactly or but for their last bit."""
    images = {part: rng.random((count, 4, 6, 3)) for part, count in zip(PARTS, (5, 2), strict=True)}
    halves = (np.arange(70) + 0.5) / 255
    images["train"].reshape(-1)[:72] = [0, 1, *halves]
    images["train"].reshape(-1)[72:74] = [0.5, 1 / 510]
    images = {part: np.asarray(x, kind, order=order) for part, x in images.items()}
    dataset = get("npz", saved(x_train=images["train"], x_test=images["test"]))
    for part, split in (("train", dataset.train), ("test", dataset.test)):
        expected = [half_to_even(x) for x in images[part].reshape(-1)]
        if kind not in ("<f8", "longdouble"):
            np.testing.assert_array_equal(split.images.reshape(-1), expected)
        else:  # 255 x is rounded to float64 first
            wrong = split.images.reshape(-1) != expected
            off = [255 * Fraction(float(x)) % 1 for x in images[part].reshape(-1)[wrong]]
            assert all(abs(rest - Fraction(1, 2)) < 1e-12 for rest in off)
        assert split.images.dtype == np.uint8


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
def test_sixteen_bits(saved, kind):
    """Each of the 65,536 values, by the nearest of 257 v for v from 0 to 255."""
    every = np.arange(2**16, dtype=kind).reshape(2, 128, 256)
    path = saved(x_train=every, y_train=np.array([0, 3]), x_test=every[:, :, :],
                 y_test=np.array([0, 3]), **{})  # fmt: skip
    dataset, told = with_warnings(path)
    nearest = np.abs(every.reshape(-1, 1).astype(int) - 257 * np.arange(256)).argmin(axis=1)
    np.testing.assert_array_equal(dataset.train.images.reshape(-1), nearest)
    assert told == [
        f"warning: {path}: y_train: no image has the label 1 or 2; write "
        "numpy.searchsorted(numpy.unique(y_train), labels) in y_train and y_test"
    ]


def test_masks(saved, arrays):
    masks = {f"x_{part}": arrays[f"x_{part}"] > 100 for part in PARTS}
    dataset = get("npz", saved(**masks))
    np.testing.assert_array_equal(dataset.train.images, 255 * masks["x_train"].astype(int))
    assert dataset.remarks[:2] == (
        "x_train: bool of False and True, as 0 and 255; labels from y_train",
        "x_test: bool of False and True, as 0 and 255; labels from y_test",
    )


RANGES = {
    "as bytes": (
        lambda x: x.astype(np.float32),
        "float32 of 0 to 255",
        "images.round().astype('uint8')",
    ),
    "whole numbers": (
        lambda x: x.astype(np.int64),
        "int64 of 0 to 255",
        "images.round().astype('uint8')",
    ),
    "centred": (
        lambda x: (x / 127.5 - 1).astype(np.float32),
        "float32 of -1 to 1",
        "(images - -1.0) / (1.0 - -1.0)",
    ),
    "centred, of 16 bits": (
        lambda x: (x / 127.5 - 1).astype(np.float16),
        "float16 of -1 to 1",
        "(images - -1.0) / (1.0 - -1.0)",
    ),
    "signed bytes": (
        lambda x: (x.astype(int) - 128).astype(np.int8),
        "int8 of -128 to 127",
        "(images - -128.0) / (127.0 - -128.0)",
    ),
    "figures of sixteen greys": (
        lambda x: x.astype(float) // 16 + (x == 255),
        "float64 of 0 to 16",
        "(images - 0.0) / (16.0 - 0.0)",
    ),
    "a little beyond 1": (
        lambda x: x * (1.5 / 255),
        "float64 of 0 to 1.5",
        "(images - 0.0) / (1.5 - 0.0)",
    ),
    "of twelve bits": (
        lambda x: x.astype(np.int32) * 16,
        "int32 of 0 to 4080",
        "(images - 0.0) / (4080.0 - 0.0)",
    ),
    "zeros and ones": (
        lambda x: (x > 100).astype(np.int64),
        "int64 of 0 to 1",
        "images.astype('bool')",
    ),
}


@pytest.mark.parametrize("case", RANGES)
def test_other_ranges_and_what_helps(saved, arrays, case):
    """What is advised keeps the images: their values are then spread over 0 to 255 as before."""
    change, found, advice = RANGES[case]
    arrays["x_train"].reshape(-1)[:2] = arrays["x_test"].reshape(-1)[:2] = 0, 255
    images = {f"x_{part}": change(arrays[f"x_{part}"]) for part in PARTS}
    path = saved(**images)
    text = fault(get, "npz", path)
    assert text == (
        f"{path}: x_train and x_test: expected uint8 images, or floats of 0 to 1, found {found}; "
        f"write {advice}"
    )
    followed = {name: eval(advice, {"images": x, "numpy": np}) for name, x in images.items()}
    dataset = get("npz", saved(**followed))
    low, high = (f(images["x_train"].astype(float)) for f in (np.min, np.max))
    expected = (images["x_train"].astype(float) - low) * 255 / (high - low)
    np.testing.assert_allclose(dataset.train.images, expected, atol=0.5 + 0.13)  # float16


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("order", "CF")
def test_what_is_no_number(saved, arrays, wrong, order):
    images = np.asarray(arrays["x_train"] / 255, order=order)
    images[3, 1, 2, 0] = wrong
    path = saved(x_train=images, x_test=arrays["x_test"] / 255)
    text = fault(get, "npz", path)
    assert text == (
        f"{path}: x_train: expected numbers, found {wrong} in image 3; with "
        "keep = numpy.isfinite(images).all(axis=(1, 2, 3)) write images[keep] and labels[keep]"
    )
    keep = eval(text.split("keep = ")[1].split(" write")[0], {"numpy": np, "images": images})
    path = saved(
        x_train=images[keep], y_train=arrays["y_train"][keep], x_test=arrays["x_test"] / 255
    )
    assert len(get("npz", path).train.labels) == 4


DARK = {
    "of twelve bits": (lambda x: x.astype(np.uint16) * 16, "uint16", "4080"),
    "divided twice": (lambda x: x / 255 / 255, "float64", "0.00392157"),
    "zeros and ones": (lambda x: (x > 100).astype(np.uint8), "uint8", "1"),
}


@pytest.mark.parametrize("case", DARK)
def test_images_that_are_almost_black(saved, arrays, case):
    change, kind, largest = DARK[case]
    arrays["x_train"].reshape(-1)[0] = 255
    images = {f"x_{part}": change(arrays[f"x_{part}"]) for part in PARTS}
    path = saved(**images)
    _, (text,) = with_warnings(path)
    start = (
        f"warning: {path}: x_train and x_test: {kind} images whose largest value is {largest} are "
        "almost black; write "
    )
    assert text.startswith(start)
    advice = re.fullmatch(r"(images / .*) instead", text.removeprefix(start))[1]
    dataset = get("npz", saved(**{name: eval(advice, {"images": x}) for name, x in images.items()}))
    assert dataset.train.images.max() == 255


def test_the_brightest_that_is_no_doubt(saved, arrays):
    arrays = {f"x_{part}": arrays[f"x_{part}"].astype(np.uint16) * 16 for part in PARTS}
    arrays["x_test"][0, 0, 0, 0] = 4_096
    get("npz", saved(**arrays))


def test_channels_first(saved, arrays):
    first = {f"x_{part}": arrays[f"x_{part}"].transpose(0, 3, 1, 2) for part in PARTS}
    path = saved(**first)
    text = "images (N, H, W, C), found (5, 3, 4, 6), which look like (N, C, H, W); "
    assert fault(get, "npz", path) == (
        f"{path}: x_train: expected {text}set data.layout: nchw if they are, or nhwc if not"
    )
    dataset = get("npz", path, layout="nchw")
    np.testing.assert_array_equal(dataset.train.images, arrays["x_train"])
    assert dataset.train.images.flags.c_contiguous
    assert dataset.digest == get("npz", saved()).digest
    path = saved(**first)
    assert get("npz", path, layout="nhwc").train.images.shape == (5, 3, 4, 6)


def test_flat_images(saved, rng):
    images = {"x_train": rng.integers(0, 256, (5, 49), dtype=np.uint8),
              "x_test": rng.integers(0, 256, (2, 49), dtype=np.uint8)}  # fmt: skip
    text = fault(get, "npz", saved(**images))
    assert text.endswith(
        "x_train: expected images (N, H, W) or (N, H, W, C), found uint8 (5, 49); "
        "write images.reshape(-1, 7, 7) if they are grey and square"
    )
    get("npz", saved(**{name: x.reshape(-1, 7, 7) for name, x in images.items()}))
