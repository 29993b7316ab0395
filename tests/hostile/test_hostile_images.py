"""Folders of images made to hurt: each is refused in one line, soon and cheaply."""

import os

import pytest
from bombs import png_header
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(6):
            image = Image.new("RGB", (4, 4), (number, 0, 0))
            image.save(tmp_path / name / f"{number}.png")
    return tmp_path


DAMAGE = "expected an image, found damage"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (png_header(50_000, 50_000), f"{DAMAGE} (Image size (2500000000 pixels) exceeds limit of "),
        (png_header(9_000, 9_000), "expected at most 33,554,432 pixels, found 9000x9000; make it "),
        (png_header(8_192, 4_096), f"{DAMAGE} (image file is truncated"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", f"{DAMAGE} (cannot identify image"),
        (b"BM" + bytes(100), f"{DAMAGE} (Unsupported BMP header type (0)"),
        (b"", f"{DAMAGE} (cannot identify image file"),
    ],
    ids=range(6),
)
def test_images(said, folder, content, text):
    (folder / "cat" / "0.png").write_bytes(content)
    assert said("folder").startswith(f"cat/0.png: {text}")


def test_an_image_of_another_format_than_its_name_says(said, folder):
    Image.new("L", (4, 4)).save(folder / "cat" / "0.png", "GIF")
    assert said("folder") == "cat/0.png: expected a PNG image, found GIF; call it 0.gif"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("pipe", "expected a file, found a device"),
        ("folder", "expected a file, found a folder"),
        ("/dev/zero", "expected a file, found a device"),
        ("nowhere", "expected a file, found none"),
        ("0.png", "expected a file, found none"),
    ],
)
def test_no_image_in_the_place_of_one(said, folder, kind, text):
    path = folder / "cat" / "0.png"
    path.unlink()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(kind)
    assert said("folder") == f"cat/0.png: {text}; replace or remove it"


def test_folders_in_a_circle(said, folder):
    (folder / "cat" / "again").symlink_to(folder)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "mouse").symlink_to(folder)
    text = said("folder")
    assert text.startswith("mouse: expected images (.png, ")
    assert text.endswith("), found none; put the images into a folder for each class")
