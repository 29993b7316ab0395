"""What a stored image becomes: backgrounds, 16 bits, PPM, and scales that keep proportions."""

import numpy as np
import pytest
from PIL import Image

from cnncli.datasets.base import PLAIN
from cnncli.datasets.formats.images import decode
from cnncli.geometry import Volume
from cnncli.problems import ConfigError
from tests.datasets.reading import fault, get
from tests.messages import error_text

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def saved(tmp_path):
    def save(image, name="x.png", **options):
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def rgba(alpha):
    """2x1: transparent by that much, and opaque; both red."""
    return Image.fromarray(np.array([[[*RED, alpha], [*RED, 255]]], np.uint8))


@pytest.mark.parametrize(
    ("background", "expected"),
    [("white", (255, 255, 255)), ("black", (0, 0, 0)), ("#00ff7f", (0, 255, 127)), ("Blue", BLUE)],
)
@pytest.mark.parametrize("ending", ["png", "webp", "tif"])
def test_behind_what_is_transparent(saved, background, expected, ending):
    path = saved(rgba(0), f"x.{ending}", **({"lossless": True} if ending == "webp" else {}))
    image = decode(path, PLAIN._replace(background=background))
    np.testing.assert_array_equal(image, [[expected, RED]])


def test_half_transparent(saved):
    np.testing.assert_array_equal(decode(saved(rgba(51)), PLAIN), [[(255, 204, 204), RED]])


def test_a_transparent_colour_of_a_palette(saved):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([*RED, *BLUE])
    image.putpixel((1, 0), 1)
    for name in ("x.png", "x.gif"):
        path = saved(image, name, transparency=0)
        read = decode(path, PLAIN._replace(background="#010203"))
        np.testing.assert_array_equal(read, [[(1, 2, 3), BLUE]])


def test_a_transparent_level_of_grey(saved):
    image = Image.fromarray(np.array([[7, 9]], np.uint8))
    path = saved(image, transparency=7)
    assert decode(path, PLAIN).tolist() == [[[255], [9]]]
    image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    path = saved(image, transparency=(1, 2, 3))
    assert decode(path, PLAIN).tolist() == [[[255] * 3, [4, 5, 6]]]
    path = saved(Image.fromarray(np.array([[300, 65535, 0]], np.uint16)), transparency=300)
    assert decode(path, PLAIN._replace(background="#808080")).tolist() == [[[128], [255], [0]]]


def test_grey_and_alpha(saved):
    image = Image.fromarray(np.array([[[10, 0], [10, 255]]], np.uint8))
    assert image.mode == "LA"
    assert decode(saved(image), PLAIN).tolist() == [[[255], [10]]]
    colour = PLAIN._replace(size=Volume(2, 1, 3), background="#010203")
    assert decode(saved(image), colour)[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_opaque_images_stay_as_they_were(saved, rng, mode):
    image = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)).convert(mode)
    path = saved(image, **({"transparency": b"\xff" * 256} if mode == "P" else {}))
    expected = np.asarray(image.convert("RGB"))
    read = decode(path, PLAIN._replace(size=Volume(5, 5, 3), background="blue"))
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("background", ["whitish", "#12345", "#11223344", ""])
def test_no_colour(tmp_path, background):
    text = error_text(ConfigError, get, "folder", tmp_path, background=background)
    assert text == (
        f"configuration: data.background: {background!r} is no colour; write a name, such as "
        "black, or '#rrggbb'"
    )


@pytest.mark.parametrize("key", ["background", "resize", "damaged"])
def test_only_for_folders(key):
    value = {"background": "black", "resize": "crop", "damaged": "skip"}[key]
    assert error_text(ConfigError, get, "digits", None, **{key: value}) == (
        f"configuration: data.{key}: only csv and folder take it, not digits; leave it out"
    )


def test_resize_needs_a_size(tmp_path):
    assert error_text(ConfigError, get, "folder", tmp_path, resize="pad") == (
        "configuration: data.resize: pad to which size? set data.size too"
    )


DEEP = np.array([[0, 128, 129, 385, 386, 65406, 65407, 65535]], np.uint16)
EIGHT = [0, 0, 1, 1, 2, 254, 255, 255]


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.pgm"])
def test_grey_of_sixteen_bits(saved, name):
    path = saved(Image.fromarray(DEEP), name)
    assert decode(path, PLAIN)[0, :, 0].tolist() == EIGHT
    assert decode(path, PLAIN._replace(size=Volume(8, 1, 3)))[0, :, 2].tolist() == EIGHT


def test_grey_of_sixteen_bits_in_the_other_order(saved):
    path = saved(Image.frombytes("I;16B", (8, 1), DEEP.astype(">u2").tobytes()), "x.tif")
    assert decode(path, PLAIN)[0, :, 0].tolist() == EIGHT


@pytest.mark.parametrize("values", [[-1, 5], [70_000, 0]])
def test_values_beyond_sixteen_bits(saved, values):
    path = saved(Image.fromarray(np.array([values], np.int32)), "x.tif")
    assert fault(decode, path, PLAIN) == (
        f"{path}: expected 8 bits a channel, or 16 of grey, found mode I; convert it to grey or RGB"
    )


PPM = {
    b"P5 2 1 255 \x01\x02": [1, 2],
    b"P5\n# a remark\n2 # wide\n1\n255\n\x01\x02": [1, 2],
    b"P5 2 1 15 \x01\x0f": [17, 255],
    b"P5 2 1 65535 \x01\x01\xff\xff": [1, 255],
    b"P5 2 1 1023 \x03\xff\x00\x04": [255, 1],
    b"P2 2 1 255\n1 # one\n 2\n": [1, 2],
    b"P2 2 1 7 7 1 99": [255, 36],
    b"P6 1 1 255 \x01\x02\x03": [1, 2, 3],
    b"P3 1 1 255 1 2 3": [1, 2, 3],
}


@pytest.mark.parametrize("content", PPM, ids=range(len(PPM)))
def test_ppm(tmp_path, content):
    path = tmp_path / "x.ppm"
    path.write_bytes(content)
    found = decode(path, PLAIN)
    assert found.reshape(-1).tolist() == PPM[content]
    assert found.shape[2] == (1 if content[1:2] in b"25" else 3)


def test_ppm_of_pillow(saved, rng):
    for shape in ((7, 5), (7, 5, 3)):
        array = rng.integers(0, 256, shape, dtype=np.uint8)
        read = decode(saved(Image.fromarray(array), "x.ppm"), PLAIN)
        np.testing.assert_array_equal(read.reshape(shape), array)


BAD_PPM = {
    b"P5 2 2 255 \x01\x02": "damage (image file is truncated)",
    b"P2 2 1 255 1": "damage (image file is truncated)",
    b"P2 2 1 255 1 256": "damage (values beyond 255)",
    b"P2 2 1 255 1 -2": "damage (values beyond 255)",
    b"P5 2 1 15 \x01\x10": "damage (values beyond 15)",
    b"P2 2 1 255 1 x": "damage (invalid literal for int() with base 10: b'x')",
    b"P5 0 1 255 ": "damage (no pixels, or no value of white)",
    b"P5 1 1 0 \x00": "damage (no pixels, or no value of white)",
    b"P5 1 1 70000 \x00\x00": "damage (no pixels, or no value of white)",
}


@pytest.mark.parametrize("content", BAD_PPM, ids=range(len(BAD_PPM)))
def test_damaged_ppm(tmp_path, content):
    path = tmp_path / "x.pgm"
    path.write_bytes(content)
    assert fault(decode, path, PLAIN) == (
        f"{path}: expected an image, found {BAD_PPM[content]}; replace or remove it"
    )


def test_ppm_under_another_name(saved, tmp_path):
    path = saved(Image.new("L", (2, 2)), "x.ppm").rename(tmp_path / "x.png")
    assert fault(decode, path, PLAIN) == (f"{path}: expected a PNG image, found PPM; call it x.ppm")
    assert decode(path.rename(tmp_path / "x.ppm"), PLAIN).shape == (2, 2, 1)


@pytest.fixture
def half(saved):
    """8x4: left half red, right half blue."""
    array = np.zeros((4, 8, 3), np.uint8)
    array[:, :4], array[:, 4:] = RED, BLUE
    return saved(Image.fromarray(array))


def scaled(path, size, resize, **more):
    return decode(path, PLAIN._replace(size=Volume(*size), resize=resize, **more))


def test_crop(half):
    read = scaled(half, (4, 4, 3), "crop")
    np.testing.assert_array_equal(read, np.asarray(Image.open(half))[:, 2:6])
    tall = scaled(half, (2, 4, 3), "crop")
    np.testing.assert_array_equal(tall, np.asarray(Image.open(half))[:, 3:5])


def test_pad(half):
    read = scaled(half, (8, 8, 3), "pad", background="#010203")
    np.testing.assert_array_equal(read[2:6], np.asarray(Image.open(half)))
    assert (read[[0, 1, 6, 7]] == (1, 2, 3)).all()
    grey = scaled(half, (8, 6, 1), "pad")
    assert grey.shape == (6, 8, 1)
    assert (grey[[0, 5]] == 255).all()


def test_stretch_is_as_it_was(half):
    for size in ((3, 5), (8, 4), (16, 2)):
        expected = np.asarray(Image.open(half).resize(size))
        np.testing.assert_array_equal(scaled(half, (*size, 3), "stretch"), expected)


@pytest.mark.parametrize("resize", ["crop", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 97), (97, 1), (333, 7), (3, 1000)])
@pytest.mark.parametrize("own", [(1, 1), (1, 50), (50, 1), (31, 33), (1000, 3)])
def test_any_size(saved, own, size, resize):
    path = saved(Image.new("RGB", own, RED))
    read = scaled(path, (*size, 3), resize, background="red")
    assert read.shape == (size[1], size[0], 3)
    assert (read == RED).all()


@pytest.mark.parametrize(
    ("resize", "done"), [("stretch", "stretched"), ("crop", "cropped"), ("pad", "padded")]
)
@pytest.mark.parametrize("memory", [1, None])
def test_other_proportions_are_told_once(tmp_path, resize, done, memory, rng):
    for name, width in (("a", 9), ("b", 12)):  # one pixel more is nothing
        (tmp_path / name).mkdir()
        for i in range(5):
            array = rng.integers(0, 256, (4, width, 3), dtype=np.uint8)
            Image.fromarray(array).save(tmp_path / name / f"{i}.png")
    size = Volume(512, 256, 3) if memory else Volume(4, 2, 3)  # 2 MiB are more than 1
    told = get("folder", tmp_path, size=size, resize=resize, memory=memory).remarks
    first = tmp_path / "b" / "0.png"
    assert told[:-1] == (
        f"{first}: 12x4 is {done} to {size.W}x{size.H}, and so are others (data.resize: {resize})",
    )


def test_a_large_remark_is_read_soon(tmp_path):
    """Before the numbers, and between them."""
    path = tmp_path / "x.ppm"
    path.write_bytes(b"P6 #" + b"x" * 2**24)
    assert "cannot identify image file" in fault(decode, path, PLAIN)
    path.write_bytes(b"P2 1 1 255 " + b"#\n" * 2**20 + b"5")
    assert decode(path, PLAIN).tolist() == [[[5]]]
    path.write_bytes(b"P2 1 1 255 " + b"#\n" * 2**22 + b"5")
    assert "damage (text of more than 4,194,304 bytes)" in fault(decode, path, PLAIN)
