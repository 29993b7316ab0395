"""Folders of images made to hurt: each is refused in one line, soon and cheaply."""

import os
import struct

import pytest
from PIL import Image

from tests.hostile.bombs import png_header
from tests.hostile.conftest import MOST_MEBIBYTES


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


UNLIKE = "4x4x3, the size of {0}/cat/0.png, found 8192x4096; set data.size to scale all, or make"


@pytest.mark.parametrize(
    ("ending", "options", "found"),
    [
        (".png", {}, f"{UNLIKE} them alike"),
        (".jpg", {"progressive": True}, f"{UNLIKE} them alike"),
        (".webp", {}, "at most 25,000,000 pixels, found 8192x4096; make it smaller, or remove it"),
    ],
    ids=[".png", ".jpg", ".webp"],
)
def test_a_large_image_is_refused_by_its_first_bytes(said, folder, ending, options, found):
    path = folder / "dog" / f"9{ending}"
    Image.new("RGB", (8192, 4096)).save(path, **options)
    assert said("folder") == f"dog/9{ending}: expected {found.format(folder)}"


def test_a_bmp_of_run_lengths(said, folder):
    """In 58 bytes, and two seconds of padding in Python."""
    header = struct.pack("<IiiHHIIiiII", 40, 3_000_000, 5, 1, 8, 1, 0, 0, 0, 1, 1)
    content = b"BM" + struct.pack("<IHHI", 58, 0, 0, 58) + header + bytes(4)
    (folder / "cat" / "0.png").unlink()
    (folder / "cat" / "0.bmp").write_bytes(content)
    assert said("folder") == (
        "cat/0.bmp: expected a BMP without compression, found run lengths; save it as PNG"
    )


def test_passes_over_a_jpeg_without_end(said, folder):
    (folder / "cat" / "0.png").unlink()
    path = folder / "cat" / "0.jpg"
    Image.new("RGB", (2048, 2048)).save(path, progressive=True)
    content = path.read_bytes()
    last = content[content.rindex(b"\xff\xda") : -2]
    # behind a marker without a length stands what would be one
    path.write_bytes(content[:-2] + b"\xff\x01" + last * 3_000 + b"\xff\xd9")
    assert said("folder") == "cat/0.jpg: expected at most 32 scans, found more; save it again"


def test_what_looks_like_passes_is_not_counted(measured, folder):
    """Remarks, and what some telephones put behind a photograph."""
    path, config = folder / "dog" / "9.jpg", folder / "c.yaml"
    config.write_text("data: {name: folder, root: .}\narchitecture: INPUT-FC\n")
    Image.new("RGB", (4, 4)).save(path, progressive=True, comment=b"\xff\xda" * 100)
    path.write_bytes(path.read_bytes() + b"\xff\xda" * 100)
    assert measured("data", "info", config).status == 0


def test_names_that_are_no_text(said, folder, tmp_path):
    name = os.fsdecode(b"\xff")
    (folder / "cat").rename(folder / name)
    assert said("folder") == r"?: expected a name in UTF-8, found \udcff; rename the folder"
    (folder / name).rename(folder / "cat")
    root = tmp_path / name
    root.mkdir()
    found = rf"found {tmp_path}/\udcff; rename the folder"
    (tmp_path / "link").symlink_to(root)
    for kind in ("folder", "idx", "cifar10"):
        assert said(kind, "link") == f"link: expected a name in UTF-8, {found}"


def test_names_that_a_terminal_would_obey(said, measured, folder):
    (folder / "cat").rename(folder / "c\n\x1b[2Jt")
    config = folder / "c.yaml"
    config.write_text("data: {name: folder, root: .}\narchitecture: INPUT-FC\n")
    result = measured("data", "info", config)
    assert result.status == 0
    assert "\nc??[2Jt  " in result.text
    (folder / "dog" / "z\n\x1b[2J.png").write_bytes(b"xx")
    assert said("folder").startswith(f"dog/z??[2J.png: {DAMAGE} (cannot identify image")


def test_many_classes(said, folder):
    for number in range(2_000):
        (folder / f"{number}").mkdir()
        os.link(folder / "cat" / "0.png", folder / f"{number}" / "0.png")
    (folder / "dog" / "5.png").write_bytes(b"")
    assert said("folder").startswith(f"dog/5.png: {DAMAGE}")


def _transparent(path):
    Image.new("RGBA", (8192, 4096), (9, 9, 9, 0)).save(path, compress_level=1)


def _transparent_palette(path):
    image = Image.new("P", (8192, 4096))
    image.putpalette(bytes(768))
    image.save(path, transparency=0, compress_level=1)


def _transparent_colour(path):
    Image.new("RGB", (8192, 4096)).save(path, transparency=(0, 0, 0), compress_level=1)


def _sixteen(path):
    Image.new("I;16", (8192, 4096), 500).save(path, transparency=500, compress_level=1)


def _thirty_two(path):
    Image.new("I", (8192, 4096), 500).save(path)


def _sparse(header, size):
    def make(path):
        path.write_bytes(header)
        os.truncate(path, len(header) + size)

    return make


LARGEST = {
    "rgba": ("png", 3, _transparent),
    "palette": ("png", 3, _transparent_palette),
    "colour": ("png", 3, _transparent_colour),
    "sixteen": ("png", 1, _sixteen),
    "thirty_two": ("tif", 1, _thirty_two),
    "ppm": ("ppm", 3, _sparse(b"P6 8192 4096 255 ", 3 * 2**25)),
    "deep_ppm": ("ppm", 3, _sparse(b"P6 8192 4096 1023 ", 6 * 2**25)),
}


@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_images_fit_into_memory(measured, folder, kind):
    ending, depth, make = LARGEST[kind]
    (folder / "cat" / "0.png").unlink()
    path, config = folder / "cat" / f"0.{ending}", folder / "c.yaml"
    make(path)
    config.write_text("data: {name: folder, root: .}\narchitecture: INPUT-FC\n")
    result = measured("data", "info", config)
    (line,) = result.text.splitlines()
    expected = f"{folder}/cat/1.png: expected 8192x4096x{depth}, the size of {path}, found 4x4; "
    assert (result.status, line.startswith(expected)) == (3, True), line
    assert result.mebibytes < MOST_MEBIBYTES


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"P6 #" + b"x" * 2**24, "damage (cannot identify image file"),
        (b"P2 4 4 255 " + b"#\n" * 2**22, "damage (text of more than 4,194,304 bytes)"),
        (b"P2 1024 1024 255 " + b"0 " * (2**21 - 10), "damage (values beyond"),
        (b"P3 8192 4096 255 " + b"1 " * 2**20, "damage (image file is truncated)"),
        (b"P2 1 1 255 " + b"9" * 4_000, "damage (Python int too large"),
        (b"P2 1 1 255 " + b"9" * 2**21, "damage (Exceeds the limit"),
        (b"P5 8192 4096 255 ", "damage (image file is truncated)"),
        (b"P5 99999 99999 255 ", None),
    ],
    ids=range(8),
)
def test_ppm(said, folder, content, found):
    (folder / "cat" / "0.png").unlink()
    (folder / "cat" / "0.ppm").write_bytes(content)
    text = said("folder")
    if found is None:
        assert text.startswith("cat/0.ppm: expected at most 33,554,432 pixels, found 99999x99999; ")
    elif "values" in found:  # it is an image, unlike the others
        assert text.startswith("cat/1.png: expected 1024x1024x1, the size of ")
    else:
        assert text.startswith(f"cat/0.ppm: expected an image, found {found}")


def test_links_to_everything(measured, folder):
    """A class, a part and a folder below a class that are the whole disk."""
    (folder / "cat" / "all").symlink_to("/")
    (folder / "mouse").symlink_to("/usr")
    config = folder / "c.yaml"
    config.write_text("data: {name: folder, root: .}\narchitecture: INPUT-FC\n")
    result = measured("data", "info", config)
    assert result.status == 3
    assert "mouse: expected images (.png, " in result.text
    assert result.seconds < 2
    (folder / "mouse").unlink()
    (folder / "train").symlink_to("/")
    result = measured("data", "info", config)
    assert result.status == 3
    assert result.seconds < 2


def test_folders_inside_each_other(said, folder):
    deep = folder / "cat"
    for _ in range(300):
        deep = deep / "x"
    deep.mkdir(parents=True)
    (deep / "9.png").write_bytes(b"")
    text = said("folder")
    assert "/x/x/9.png: expected an image, found damage (cannot identify image file" in text
