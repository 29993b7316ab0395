"""Data files made to hurt: each is refused in one line, soon and cheaply."""

import os
import struct
import zlib

import numpy as np
import pytest
from bombs import idx_header, png_header, tar_header, zipped
from PIL import Image

AGAIN = "get it again from https://www.cs.toronto.edu/~kriz/cifar.html"
BATCH = b"cifar-10-batches-bin/data_batch_1.bin"
TOO_LARGE = "expected at most 201,326,592 bytes, found more"
WHOLE = "expected a whole .tar.gz archive, found damage"


@pytest.fixture
def said(refused, tmp_path):
    """What `cnn data info` says of the set in tmp_path; one line."""

    def run(name, root="."):
        config = tmp_path / "c.yaml"
        config.write_text(f"data: {{name: {name}, root: {root}}}\narchitecture: INPUT-FC\n")
        (line,) = refused(3, "data", "info", config).splitlines()
        return line.removeprefix(f"{tmp_path}/")

    return run


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (zipped(tar_header(b"stranger", 2**30), 1024), TOO_LARGE),
        (zipped(tar_header(BATCH, 2**30), 1024), TOO_LARGE),
        (zipped(tar_header(BATCH, 8**11 - 1), 16), TOO_LARGE),
        (zipped(tar_header(b"x", 0) * 2_000, 16), f"{WHOLE} (more than 1,000 members)"),
        (zipped(tar_header(BATCH, 100), 0), f"{WHOLE} (it ends too early)"),
        (zipped(tar_header(BATCH, 0, b"2"), 16), f"{WHOLE} ({BATCH.decode()} is a link)"),
        (zipped(tar_header(BATCH, 0, b"3"), 16), f"{WHOLE} ({BATCH.decode()} is a device)"),
        (
            zipped(tar_header(b"/" + BATCH, 0) + tar_header(b"../" + BATCH, 0), 16),
            f"expected the file {BATCH.decode()}, found none",
        ),
        (
            zipped(tar_header(b"x", 2**27, b"x") + tar_header(b"x", 2**27, b"L"), 256),
            TOO_LARGE,
        ),
        (
            b"\x1f\x8b\x08\x08" + bytes(6) + b"A" * 20_000_000,
            f"{WHOLE} (it ends too early)",
        ),
        (zipped(b"", 0) * 200_000, f"{WHOLE} (more than 100,000 members)"),
    ],
    ids=range(11),
)
def test_archives(said, tmp_path, content, text):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(content)
    assert said("cifar10") == f"cifar-10-binary.tar.gz: {text}; {AGAIN}"
    assert {path.name for path in tmp_path.iterdir()} == {"c.yaml", "cifar-10-binary.tar.gz"}


@pytest.fixture
def batches(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        (folder / name).write_bytes(bytes(3073))
    return folder


def test_a_file_with_a_hole(said, batches):
    os.truncate(batches / "data_batch_2.bin", 10 * 2**30)
    assert said("cifar10") == (
        "cifar-10-batches-bin: expected at most 201,326,592 bytes, found 10,737,433,605; " + AGAIN
    )


@pytest.mark.parametrize("place", ["pipe", "/dev/zero", "loop"])
def test_no_file_in_the_place_of_one(said, batches, place):
    path = batches / "data_batch_2.bin"
    path.unlink()
    if place == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if place == "loop" else place)
    what = f"expected a file, found a pipe or a device; {AGAIN}"
    if place == "loop":
        what = (
            "can not be read: Too many levels of symbolic links; check the path and its permissions"
        )
    assert said("cifar10") == f"cifar-10-batches-bin/data_batch_2.bin: {what}"


def text(content):
    """A text of a pickle."""
    return b"X" + struct.pack("<I", len(content)) + content


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"]" * 2**22, "more than 500,000 instructions"),
        (b"}" * 2**22, "more than 500,000 instructions"),
        (
            b"K\1" + b"".join(b"r" + struct.pack("<I", i) for i in range(2**20)),
            "more than 500,000 instructions",
        ),
        (b")q\0" + b"h\0h\0\x86q\0" * 40 + b"}h\0K\1s.", "a dict whose keys are no short texts"),
        (b"X" + struct.pack("<I", 2**26) + b"a" * 2**26, "a text of 67,108,864 bytes"),
        (b"T" + struct.pack("<i", 2**31 - 1) + b"a", "damage (it ends too early)"),
        (b"\x8b\0\x10\0\0" + bytes(4096), "the instruction 0x8b, which no data needs"),
        (b"\x8a\xff" + bytes(255) + b".", "a whole number of 255 bytes"),
        (
            b"c_codecs\nencode\nq\0"
            + text(b"a" * 10**6)
            + b"q\1"
            + text(b"latin1")
            + b"q\2"
            + b"h\0h\1h\2\x86R" * 3_000
            + b".",
            "more than 201,326,592 bytes made of 1,024,041",
        ),
        (text(b"a" * 47 * 2**20 + "\U0001f600".encode()) * 4, "a text that is not latin1"),
        (
            (
                text(b"k" * 2**24)
                + b"q\0"
                + text(b"k" * 2**24)
                + b"q\1}h\0K\1s"
                + b"h\1K\1s" * 10_000
            ),
            "a dict whose keys are no short texts",
        ),
    ],
    ids=range(11),
)
def test_pickles(said, tmp_path, content, found):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        (folder / name).write_bytes(b"\x80\x02" + content if name == "data_batch_1" else b"")
    assert said("cifar10") == (
        f"cifar-10-batches-py/data_batch_1: expected a pickled CIFAR batch, found {found}; "
        "the file is damaged or not CIFAR's: get it again"
    )


@pytest.mark.parametrize(
    ("images", "labels", "text"),
    [
        (
            zipped(idx_header(2**11, 2**10, 2**10), 2048),
            idx_header(2) + b"\0\1",
            "train-images-idx3-ubyte.gz: expected images, found 2,090,016 bytes that grow to "
            "2,147,483,648; unzip it first",
        ),
        (
            zipped(idx_header(2**7, 2**10, 2**10), 112),
            idx_header(2) + b"\0\1",
            "train-images-idx3-ubyte.gz: expected 134,217,728 bytes for shape 128x1024x1024, "
            "found 117,440,512; the file is damaged or not IDX: get it again",
        ),
        (
            zipped(idx_header(2, 2, 2), 16),
            zipped(idx_header(2**28), 256),
            "train-labels-idx1-ubyte: expected at most 16,777,216 labels, found 268,435,456; put "
            "MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there",
        ),
    ],
    ids=range(3),
)
def test_idx_files(said, tmp_path, images, labels, text):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(images)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    assert said("idx").startswith(text.split(", found 2,0")[0])
    assert said("idx").endswith(text.split("bytes that")[-1])


def test_a_npz_file(said, tmp_path):
    """A thousand times as large as its file, and with a shape that fits."""
    zeros = np.zeros((2, 2**14, 2**14), np.uint8)
    np.savez_compressed(tmp_path / "x.npz", x_train=zeros, y_train=[0, 1], x_test=0, y_test=0)
    text = said("npz", "x.npz")
    assert text.startswith("x.npz: x_train: expected an array of images, found 5")
    assert text.endswith(" bytes that grow to 536,871,040; write it with numpy.savez")


def test_a_matlab_file(said, tmp_path):
    """X as large as is allowed, in which the numbers end too early."""

    def element(kind, content):
        return struct.pack("<2I", kind, len(content)) + content + bytes(-len(content) % 8)

    about = [
        element(6, struct.pack("<2I", 9, 0)),
        element(5, struct.pack("<4i", 32, 32, 3, 87_381)),
        element(1, b"X"),
        struct.pack("<2I", 2, 32 * 32 * 3 * 87_381),
    ]
    packed = zlib.compressobj(9)
    start = packed.compress(struct.pack("<2I", 14, 2**28) + b"".join(about) + bytes(2**27))
    X = start + packed.flush()
    about[1:] = [
        element(5, struct.pack("<2i", 87_381, 1)), element(1, b"y"), element(2, bytes(87_381)),
    ]  # fmt: skip
    y = element(14, b"".join(about))
    content = bytes(124) + b"\0\1IM" + struct.pack("<2I", 15, len(X)) + X + y
    for name in ("train_32x32.mat", "test_32x32.mat"):
        (tmp_path / name).write_bytes(content)
    assert said("svhn") == (
        "train_32x32.mat: expected a whole MATLAB file, found damage (it ends too early); "
        "get it again from https://ufldl.stanford.edu/housenumbers/"
    )


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
