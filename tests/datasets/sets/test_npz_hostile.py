"""NumPy archives that are hostile, or only strange."""

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
