"""Data files made to hurt: each is refused in one line, soon and cheaply."""

import os
import struct

import numpy as np
import pytest
from PIL import Image

from cnncli.datasets.formats.cifar_pickle import PICKLES
from cnncli.datasets.sets import data_sets
from tests.hostile.bombs import idx_header, zipped

AGAIN = "get it again from https://www.cs.toronto.edu/~kriz/cifar.html"


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn"])
@pytest.mark.parametrize("is_as_large", [False, True])
def test_what_is_opened_only_as_published(said, tmp_path, name, is_as_large):
    """A bomb, and zeros of the published size: nothing of them is unzipped."""
    published = data_sets()[name].files
    for each in published:
        path = tmp_path / each.file
        path.write_bytes(zipped(b"", 1024))
        if is_as_large:
            os.truncate(path, each.size)
    first = published[0]
    start = f"{first.file}: expected {first.size:,} bytes with SHA-256 {first.sha256}, found "
    text = said(name)
    assert text.startswith(start)
    assert (f"{first.size:,} with " in text) == is_as_large
    assert {path.name for path in tmp_path.iterdir()} == {"c.yaml", *(f.file for f in published)}


@pytest.mark.parametrize("size", [0, 100, 31_035_704, 2**27])
def test_pickles(said, tmp_path, size):
    """Of whatever size, they are read and compared, and not opened."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        (folder / name).write_bytes(b"]" * size if name == "data_batch_1" else b"")
    text = said("cifar10")
    md5 = PICKLES["cifar10", "data_batch_1"].md5
    assert text.startswith(
        f"cifar-10-batches-py/data_batch_1: expected the published file (MD5 {md5}), found "
        f"{size:,} bytes with MD5 "
    )
    assert text.endswith("; a pickle can run code, so no other is opened: give images of your own "
                         "as data.name npz")  # fmt: skip


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
            "cannot be read: Too many levels of symbolic links; check the path and its permissions"
        )
    assert said("cifar10") == f"cifar-10-batches-bin/data_batch_2.bin: {what}"


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
        (
            zipped(b"", 0) * 200_000,
            idx_header(2) + bytes(2),
            "/train-images-idx3-ubyte.gz: expected a whole gzip file, found damage (more than "
            f"100,000 members); {IDX}",
        ),
        (
            b"\x1f\x8b\x08\x08" + bytes(6) + b"A" * 20_000_000,
            idx_header(2) + bytes(2),
            "/train-images-idx3-ubyte.gz: expected a whole gzip file, found damage (it ends too "
            f"early); {IDX}",
        ),
    ],
    ids=range(7),
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


LONG = (
    ": expected rows of at most 1,048,576 characters, found a longer one; "
    "write it as CSV in UTF-8, with a line of columns first"
)
ABOVE = b"../../../../etc/passwd.png"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"file,label\n" + b"a,b" * 2**23, LONG),
        (b"file,label\n" + b'"\n",' * 2**20, LONG),
        (b"\0" * 2**25, LONG),
        (
            b"file,label\n" + b"%s,a\n" % ABOVE * 2**16,
            f":2: expected a path below the table's folder, found {ABOVE.decode()}; give paths "
            "below the table's folder, with / between folders",
        ),
        (
            b"label,pixel0\n" + b"".join(b"%d,1\n" % i for i in range(2**17)),
            ": expected at most 10,000 classes, found more; give fewer",
        ),
    ],
    ids=range(5),
)
def test_tables(said, tmp_path, content, text):
    (tmp_path / "x.csv").write_bytes(content)
    assert said("csv", "x.csv") == f"x.csv{text}"


def test_a_table_with_a_hole(said, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"file,label\n")
    os.truncate(tmp_path / "x.csv", 2**31)
    assert said("csv", "x.csv") == (
        "x.csv: expected at most 1,073,741,824 bytes, found 2,147,483,648; write the images to an "
        "npz file"
    )


def test_a_table_of_more_rows_than_there_may_be(said, tmp_path):
    Image.new("L", (1, 1)).save(tmp_path / "a.png")
    (tmp_path / "x.csv").write_bytes(b"file,label\n" + b"a.png,a\n" * (2**20 + 1))
    assert said("csv", "x.csv") == (
        "x.csv: expected at most 1,048,576 rows, found more; write the images to an npz file"
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
