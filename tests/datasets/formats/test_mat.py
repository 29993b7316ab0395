"""The reader of MATLAB's files against SciPy's writer."""

import io
import struct
import zlib

import numpy as np
import pytest

from cnncli.datasets.formats.mat import Kind, MatError, arrays, kinds

scipy = pytest.importorskip("scipy.io")
TYPES = {
    "u1": "uint8", "i1": "int8", "u2": "uint16", "i2": "int16", "u4": "uint32", "i4": "int32",
    "u8": "uint64", "i8": "int64", "f4": "single", "f8": "double",
}  # fmt: skip


@pytest.mark.parametrize("zipped", [True, False])
def test_all_types(tmp_path, rng, zipped):
    written = {f"a{t}": rng.integers(0, 99, (3, 1, 4)).astype(t) for t in TYPES}
    path = tmp_path / "x.mat"
    scipy.savemat(path, written, do_compression=zipped)
    assert kinds(path) == {f"a{t}": Kind((3, 1, 4), name) for t, name in TYPES.items()}
    read = arrays(path, written)
    assert list(read) == list(written)
    for name, array in read.items():
        np.testing.assert_array_equal(array, written[name])


def test_other_variables_are_passed_over(tmp_path):
    path = tmp_path / "x.mat"
    content = {"c": np.array(["a", 1], dtype=object), "s": {"k": 1}, "t": "text", "x": [[1.5]]}
    scipy.savemat(path, content, do_compression=True)
    assert {name: kind.name for name, kind in kinds(path).items()} == {
        "c": "cell", "s": "struct", "t": "char", "x": "double",
    }  # fmt: skip
    assert arrays(path, ["x"])["x"].tolist() == [[1.5]]


def element(kind, content, order="<"):
    return struct.pack(f"{order}2I", kind, len(content)) + content + bytes(-len(content) % 8)


def variable(order="<", flags=9, sizes=(2, 1), name=b"x", numbers=b"\1\2", stored=2):
    parts = (
        element(6, struct.pack(f"{order}2I", flags, 0), order),
        element(5, struct.pack(f"{order}{len(sizes)}i", *sizes), order),
        element(1, name, order),
        element(stored, numbers, order),
    )
    return element(14, b"".join(parts), order)


def matlab(*elements, order="<"):
    return b"MATLAB".ljust(124) + (b"\0\1IM" if order == "<" else b"\1\0MI") + b"".join(elements)


def read(tmp_path, content):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    return arrays(path, ["x"])


def test_the_other_byte_order(tmp_path):
    content = matlab(variable(">", 12, (1, 2), b"x", b"\1\2\1\3", 4), order=">")
    assert read(tmp_path, content)["x"].tolist() == [[258, 259]]
    assert scipy.loadmat(io.BytesIO(content))["x"].tolist() == [[258, 259]]


def packed(content, cut=None):
    content = zlib.compress(content)[:cut]
    return struct.pack("<2I", 15, len(content)) + content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it does not begin as a MATLAB file of version 5"),
        (b"MATLAB 7.3 MAT-file" + bytes(200), "it does not begin as a MATLAB file of version 5"),
        (matlab(b"abc"), "it ends too early"),
        (matlab(element(9, bytes(8))), "an element of type 9 stands in the place of a variable"),
        (matlab(variable()[:-8]), "it ends too early"),
        (matlab(packed(element(2, b"12"))), "something else than a variable is compressed"),
        (matlab(packed(variable(), -1)), "it ends too early"),
        (matlab(packed(variable() + b"more")), "x does not end where its numbers do"),
        (matlab(struct.pack("<2I", 15, 9) + b"no zlib.."), "incorrect header check"),
        (matlab(variable(stored=88)), "x holds no plain numbers"),
        (matlab(variable(numbers=b"123")), r"x has 3 bytes, for shape \(2, 1\)"),
        (matlab(variable(sizes=(-2, -1))), "its sizes are no sizes"),
        (matlab(variable(sizes=())), "its sizes are no sizes"),
        (matlab(variable(sizes=(1,) * 300)), "1,200 bytes of what describes a variable"),
        (matlab(variable(name=b"x" * 1001)), "1,001 bytes of what describes a variable"),
        (
            matlab(element(14, struct.pack("<2I", 6, 2**32 - 1) + bytes(99))),
            "4,294,967,295 bytes of what describes a variable",
        ),
        (
            matlab(variable(sizes=(9, 1), numbers=b"")[:-8] + struct.pack("<2I", 9 << 16 | 2, 0)),
            "a tag that holds 9 bytes",
        ),
        (matlab(variable(stored=9, numbers=bytes(16))), "x of uint8 is stored as float64"),
    ],
    ids=range(18),
)
def test_damage(tmp_path, content, text):
    with pytest.raises(MatError, match=f"^{text}$"):
        read(tmp_path, content)


def test_what_breaks_scipy_breaks_nothing(tmp_path):
    """A type of numbers that is unknown: SciPy 1.17 looks it up beyond its table."""
    assert kinds_of(tmp_path, matlab(variable(stored=88))) == {"x": Kind((2, 1), "uint8")}


def kinds_of(tmp_path, content):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    return kinds(path)


def test_many_variables_and_two_of_a_name(tmp_path):
    """The second of a name would not be the one whose sizes were looked at."""
    with pytest.raises(MatError, match=r"^two variables are called x$"):
        kinds_of(tmp_path, matlab(variable(), variable()))
    content = matlab(*(variable(name=b"x%d" % number) for number in range(1_001)))
    with pytest.raises(MatError, match=r"^more than 1,000 variables$"):
        kinds_of(tmp_path, content)
