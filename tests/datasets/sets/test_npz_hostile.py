"""NumPy archives that are hostile, or only strange."""

import struct
import zipfile

import numpy as np
import pytest

from cnncli.datasets.formats import expansion
from tests.datasets.data_files import rewrite_zip
from tests.datasets.reading import REMEDY, fault, get

HEADER = "no header of NumPy's of at most 10,000 bytes"
PLAIN = "no plain type and whole sizes in its header"


def header(**entries):
    text = repr({"descr": "|u1", "fortran_order": False, "shape": (5, 4, 6, 3)} | entries).encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\x93NUMPY\x01", HEADER),
        (b"\x93NUMPY\x02\x00\xff", HEADER),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{}", HEADER),
        (header(descr="|u9"), HEADER),
        (header(descr=[("a", "u1")]), PLAIN),
        (header(shape=(-2, -2)), PLAIN),
        (header(shape=(10**30, 1)), PLAIN),
        (b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000, HEADER),
        (header(shape="x"), HEADER),
        (header(more=1), HEADER),
        (header(descr="-" * 9_000), HEADER),
        (b"\x93NUMPY\x01\x00\x0f\x27" + b"-" * 9_998 + b"1", HEADER),
        (b"\x93NUMPY\x01\x00\x0f\x27" + b"[" * 90 + b"]" * 9_909, HEADER),
        (b"\x93NUMPY\x01\x00\x04\x00eval", HEADER),
        (b"\x93NUMPY\x03" + header()[7:], HEADER),
    ],
)
def test_headers_of_arrays(npz, content, text):
    rewrite_zip(npz, "x_train", lambda _: content)
    assert fault(get, "npz", npz) == (
        f"{npz}: x_train: expected a NumPy array, found damage ({text}); {REMEDY}"
    )


def test_sizes_beyond_the_file(npz):
    rewrite_zip(npz, "x_train", lambda _: header(shape=(10**6, 10**3, 10**3)) + bytes(8))
    assert fault(get, "npz", npz) == (
        f"{npz}: x_train: expected 1,000,000,000,000 bytes, found 8; {REMEDY}"
    )


def test_headers_of_older_writers(npz, arrays):
    text = b"{'shape': (5L, 4L, 6L, 3L,), \"descr\": '|u1', 'fortran_order': False}\n"
    start = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    rewrite_zip(npz, "x_train", lambda _: start + arrays["x_train"].tobytes())
    np.testing.assert_array_equal(get("npz", npz).train.images, arrays["x_train"])


def test_passwords_and_other_compressions(npz):
    with zipfile.ZipFile(npz) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(npz, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    text = "expected an array as NumPy writes it, found another compression, or a password"
    assert fault(get, "npz", npz) == f"{npz}: x_train: {text}; {REMEDY}"


def test_a_member_that_ends_before_its_length(npz):
    """The archive's list says more bytes than the member has, whose checksum is right."""
    with zipfile.ZipFile(npz) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    size = len(members["x_train.npy"])
    with zipfile.ZipFile(npz, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content[:-100] if name == "x_train.npy" else content)
    content = bytearray(npz.read_bytes())
    struct.pack_into("<I", content, content.find(b"PK\1\2") + 24, size)
    npz.write_bytes(content)
    assert fault(get, "npz", npz) == (
        f"{npz}: expected a whole .npz file, found damage (x_train ends too early); {REMEDY}"
    )


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (np.array(["a", "b", "a", "b", "x" * 1_001]), "text of 1 to 1,000 characters, found a type "
         "of 4,004 bytes"),
        (np.zeros(5, "S0"), "text of 1 to 1,000 characters, found a type of 0 bytes"),
        (np.zeros((5, 10_001), bool), "at most 10,000 classes, found 10,001"),
    ],
)  # fmt: skip
def test_labels_beyond_their_bounds(tmp_path, arrays, labels, text):
    np.savez(tmp_path / "set.npz", **arrays | {"y_train": labels})
    if "0 bytes" in text:
        rewrite_zip(tmp_path / "set.npz", "y_train", lambda _: header(descr="|S0", shape=(5,)))
    start = f"{tmp_path / 'set.npz'}: y_train: expected {text}; "
    assert fault(get, "npz", tmp_path / "set.npz").startswith(start)


def test_code_points_that_there_are_not(npz):
    content = header(descr="<U1", shape=(5,)) + (0x110000).to_bytes(4, "little") * 5
    rewrite_zip(npz, "y_train", lambda _: content)
    assert fault(get, "npz", npz) == (
        f"{npz}: y_train: expected names in UTF-8, found others; write them as text"
    )


def test_truth_values_of_other_bytes(npz):
    """Any byte but 0 is true."""
    content = header(descr="|b1") + bytes(range(256)) + bytes(104)
    rewrite_zip(npz, "x_train", lambda _: content)
    assert np.unique(get("npz", npz).train.images).tolist() == [0, 255]


def test_too_many_labels(npz, monkeypatch):
    monkeypatch.setattr(expansion, "MAX_LABELS", 4)
    assert fault(get, "npz", npz) == f"{npz}: y_train: expected at most 4 labels, found 5; {REMEDY}"


def test_what_is_not_read_may_be_of_any_size(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(expansion, "MAX_GROWN_BYTES", 10_000)
    path = tmp_path / "set.npz"
    np.savez_compressed(path, masks=np.zeros((5, 400, 600, 3), np.uint8), **arrays)
    assert len(get("npz", path).train.labels) == 5


def test_a_bomb(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(expansion, "MAX_GROWN_BYTES", 10_000)
    path = tmp_path / "set.npz"
    np.savez_compressed(path, **arrays | {"x_train": np.zeros((5, 4_000, 6, 3), np.uint8)})
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        grown = sum(info.file_size for info in archive.infolist())
    assert fault(get, "npz", path) == (
        f"{path}: expected a set of images, found {size:,} bytes that grow to {grown:,}; "
        "write it with numpy.savez"
    )
