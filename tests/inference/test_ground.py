"""How image files compare with the images that a network learned from."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnncli.datasets.tones import ToneCounter, Tones
from cnncli.inference.ground import (
    ScaledWhite,
    is_white_of_files,
    other_ground,
    some,
    white_note,
)
from cnncli.training.storage.checkpoint import white_of


def saved(name, tones):
    data = SimpleNamespace(name=name, tones=tones)
    return SimpleNamespace(path="x", checkpoint=SimpleNamespace(data=data))


@pytest.mark.parametrize(
    ("name", "tones", "white", "is_doubtful"),
    [
        ("digits", Tones(0, 16, 0.1), 16, False),
        ("npz", Tones(0, 127, 3), 127, False),
        ("npz", Tones(0, 128, 3), 255, False),
        ("csv", Tones(0, 16, 3), 16, False),
        ("folder", Tones(0, 16, 3), 255, False),
        ("npz", Tones(0, 0, 0), 1, False),
        ("digits", None, 255, True),
        ("folder", None, 255, False),
    ],
)
def test_white(name, tones, white, is_doubtful):
    run = saved(name, tones)
    assert white_of(name, tones) == white
    if is_doubtful:
        said = (
            f"warning: x: does not say which values the images of {name} have; white is taken for "
            "255"
        )
    else:
        said = f"white, 255 in images, is {white} in {name}: scaled" if white < 255 else None
    assert white_note(run) == said


@pytest.mark.parametrize(("top", "is_white"), [(127, False), (128, True), (16, False)])
def test_values_that_only_image_files_have(top, is_white):
    images = np.zeros((3, 4, 4, 1), np.uint8)
    images[2, 1, 1] = top
    assert is_white_of_files(images) == is_white


def test_values_are_brought_to_another_white():
    values = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    scaled = ScaledWhite(values, 16)
    assert (scaled.shape, len(scaled)) == ((4, 8, 8, 1), 4)
    expected = [round(value * 16 / 255) for value in range(256)]
    assert np.asarray(scaled).ravel().tolist() == expected
    assert np.asarray(scaled[1:3]).ravel().tolist() == expected[64:192]
    assert np.asarray(scaled[np.array([3, 0])]).ravel().tolist() == (expected[192:] + expected[:64])


LIGHT, DARK, GREY = (np.full((4, 5, 1), value, np.uint8) for value in (250, 5, 128))


@pytest.mark.parametrize(
    ("image", "learned", "is_told"),
    [
        (LIGHT, Tones(0, 16, 1), True),
        (DARK, Tones(0, 16, 15), True),
        (DARK, Tones(0, 16, 1), False),
        (LIGHT, Tones(0, 255, 250), False),
        (GREY, Tones(0, 255, 250), False),
        (LIGHT, Tones(0, 255, 128), False),
        (LIGHT, None, False),
    ],
)
def test_the_other_ground(image, learned, is_told):
    found = other_ground(Path("a.png"), image, learned)
    assert (found is not None) == is_told


def test_some_of_many():
    assert [list(some(range(n), 3)) for n in (1, 3, 4, 9)] == [[0], [0, 1, 2], [0, 2], [0, 3, 6]]


def test_tones_of_all_that_was_seen():
    """The edge is the outermost ring of pixels, each once."""
    rng = np.random.default_rng(1)
    images = rng.integers(3, 200, (6, 4, 5, 2), np.uint8)
    counter = ToneCounter()
    counter.see(images[:2])
    counter.see(images[2:])
    edge = [
        images[n, y, x, c]
        for n, y, x, c in np.ndindex(images.shape)
        if y in (0, 3) or x in (0, 4)
    ]  # fmt: skip
    assert counter.tones == Tones(int(images.min()), int(images.max()), np.mean(edge))


@pytest.mark.parametrize("shape", [(2, 1, 1, 1), (2, 1, 5, 3), (2, 5, 1, 3), (1, 2, 2, 1)])
def test_tones_of_narrow_images(shape):
    counter = ToneCounter()
    counter.see(np.full(shape, 9, np.uint8))
    assert counter.tones == Tones(9, 9, 9)


@pytest.mark.parametrize(
    ("edge", "ground"), [(0, "dark"), (7, None), (9, None), (16, "light"), (6, "dark")]
)
def test_ground(edge, ground):
    assert Tones(0, 16, edge).ground == ground
