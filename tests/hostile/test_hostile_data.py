"""Data files made to hurt: each is refused in one line, soon and cheaply."""

import math
import os
import struct
import zlib

import numpy as np
import pytest

from tests.hostile.bombs import idx_header, tar_header, zipped

AGAIN = "get it again from https://www.cs.toronto.edu/~kriz/cifar.html"
BATCH = b"cifar-10-batches-bin/data_batch_1.bin"
TOO_LARGE = "expected at most 134,217,728 bytes, found more"
WHOLE = "expected a whole .tar.gz archive, found damage"


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


IDX = "the file is damaged or not IDX: get it again"
FOUR = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"


@pytest.mark.parametrize(
    ("images", "labels", "text"),
    [
        (
            zipped(idx_header(2**11, 2**8, 2**8), 128),
            idx_header(2**11) + bytes(2**11),
            ": expected a set of images, found ... bytes that grow to 268,435,456; unzip the files "
            "first",
        ),
        (
            zipped(idx_header(2**7, 2**9, 2**9), 16),
            idx_header(2**7) + bytes(2**7),
            "/train-images-idx3-ubyte.gz: expected 33,554,432 bytes for shape 128x512x512, "
            f"found 16,777,216; {IDX}",
        ),
        (
            zipped(idx_header(2**7, 2**9, 2**9), 32),
            idx_header(2**7) + bytes(2**7 - 1),
            "/train-labels-idx1-ubyte: expected 128 bytes for shape 128, found 127; " + IDX,
        ),
        (
            zipped(idx_header(2, 2, 2), 16),
            zipped(idx_header(2**28), 256),
            "/train-labels-idx1-ubyte: expected at most 16,777,216 labels, found 268,435,456; "
            + FOUR,
        ),
        (
            zipped(idx_header(2, 2, 2), 0) + bytes(8),
            zipped(idx_header(2**24), 16),
            "/train-labels-idx1-ubyte: expected a label for each of the 2 images, found "
            f"16,777,216; {FOUR}",
        ),
    ],
    ids=range(5),
)
def test_idx_files(said, tmp_path, images, labels, text):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(images)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    grown = f"{2 * len(images):,} bytes that grow"
    assert said("idx", tmp_path) == f"{tmp_path}{text.replace('... bytes that grow', grown)}"


@pytest.mark.parametrize(
    ("arrays", "grown"),
    [
        ({"x_train": np.zeros((2, 2**14, 2**14), np.uint8), "y_train": [0, 1]}, "536,871,184"),
        (
            {"x_train": np.zeros((1, 1, 1), np.uint8), "y_train": np.zeros(2**24, int)},
            "134,217,985",
        ),
    ],
    ids=range(2),
)
def test_npz_files(said, tmp_path, arrays, grown):
    """A thousand times as large as its file."""
    path = tmp_path / "x.npz"
    np.savez_compressed(path, **arrays)
    found = f"{path.stat().st_size:,} bytes that grow to {grown}"
    assert said("npz", path.name) == (
        f"x.npz: expected a set of images, found {found}; write it with numpy.savez"
    )


def test_a_npz_file_of_many_arrays(said, tmp_path):
    """Their list is refused by its length, before its entries are made."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *[0] * 9, 4, *[0] * 6) + b"aaaa"
    count, size = 400_000, 400_000 * len(entry)
    ends = (
        struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0),
        struct.pack("<4sIQI", b"PK\6\7", 0, size, 1),
        struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0),
    )
    (tmp_path / "x.npz").write_bytes(entry * count + b"".join(ends))
    assert said("npz", "x.npz").startswith(
        "x.npz: expected a whole .npz file, found damage (a list of arrays of 20,000,000 bytes); "
    )


def element(kind, content):
    return struct.pack("<2I", kind, len(content)) + content + bytes(-len(content) % 8)


def about(name, kind, *sizes):
    """What stands before a variable's numbers."""
    shape = element(5, struct.pack(f"<{len(sizes)}i", *sizes))
    return element(6, struct.pack("<2I", kind, 0)) + shape + element(1, name)


def zeros(count, kind, size):
    """X of so many images, compressed, in which all numbers have the type and the size."""
    start = about(b"X", 9, 32, 32, 3, count) + struct.pack("<2I", kind, 3072 * count * size)
    content = zlib.compress(struct.pack("<2I", 14, 2**28) + start + bytes(3072 * count * size))
    return struct.pack("<2I", 15, len(content)) + content


def small(*sizes):
    """X of one image, in a shape."""
    return element(14, about(b"X", 9, *sizes) + element(2, bytes(math.prod(sizes))))


def labels(*sizes, kind=9, stored=2, content=None):
    numbers = element(stored, bytes([1] * math.prod(sizes)) if content is None else content)
    return element(14, about(b"y", kind, *sizes) + numbers)


FORM = "/train_32x32.mat: expected X (32, 32, 3, N) of bytes and y (N, 1) of numbers, found X"
WHOLE_NUMBERS = "/train_32x32.mat: expected whole numbers as labels, found"


@pytest.mark.parametrize(
    ("X", "y", "text"),
    [
        (small(32, 32, 3), labels(1), f"{FORM} (32, 32, 3) of uint8, y (1,) of uint8"),
        (
            small(32, 32, 3, 2, 2),
            labels(2, 2, 1),
            f"{FORM} (32, 32, 3, 2, 2) of uint8, y (2, 2, 1) of uint8",
        ),
        (small(32, 32, 3, 0), labels(0, 1), f"{FORM} (32, 32, 3, 0) of uint8, y (0, 1) of uint8"),
        (
            zeros(40_000, 2, 1),
            labels(40_000, 1),
            ": expected a set of images, found ... bytes that grow to 245,760,000",
        ),
        (
            zeros(10_000, 9, 8),
            labels(10_000, 1),
            "/train_32x32.mat: expected a whole MATLAB file, found damage (X of uint8 is stored as "
            "float64)",
        ),
        (
            small(32, 32, 3, 1),
            labels(1, 1, kind=6, stored=9, content=struct.pack("<d", math.nan)),
            f"{WHOLE_NUMBERS} nan at record 0",
        ),
        (
            small(32, 32, 3, 1),
            labels(1, 1, kind=6, stored=9, content=struct.pack("<d", 1e300)),
            f"{WHOLE_NUMBERS} 1e+300 at record 0",
        ),
    ],
    ids=range(7),
)
def test_matlab_files(said, tmp_path, X, y, text):
    content = bytes(124) + b"\0\1IM" + X + y
    for name in ("train_32x32.mat", "test_32x32.mat"):
        (tmp_path / name).write_bytes(content)
    grown = f"{2 * len(content):,} bytes that grow"
    assert said("svhn", tmp_path) == (
        f"{tmp_path}{text.replace('... bytes that grow', grown)}; "
        "get it again from https://ufldl.stanford.edu/housenumbers/"
    )
