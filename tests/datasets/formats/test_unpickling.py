import contextlib
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.datasets.formats.cifar_pickle import decode10
from cnncli.datasets.formats.pickled import UnpicklingError
from cnncli.datasets.formats.unpickling import restricted_loads
from cnncli.errors import DataError
from tests.datasets.data_files import python2_pickle, python3_pickle

REMEDY = "the file is damaged or not CIFAR's: get it again"
IMAGES = np.zeros((2, 3072), np.uint8)


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_arrays_of_several_writers(rng):
    array = rng.integers(0, 256, (2, 3), dtype=np.uint8)
    for content in (
        python2_pickle({"data": array}),
        *(python3_pickle({"data": array}, protocol) for protocol in (2, 3, 4)),
    ):
        loaded = restricted_loads(content)[b"data"]
        np.testing.assert_array_equal(loaded.as_bytes(), array)


def test_fortran_order(rng):
    array = np.asfortranarray(rng.integers(0, 256, (2, 3), dtype=np.uint8))
    loaded = restricted_loads(python3_pickle({"data": array}))[b"data"]
    np.testing.assert_array_equal(loaded.as_bytes(), array)


@pytest.mark.parametrize("protocol", range(6))
def test_code_is_refused(protocol):
    with pytest.raises(
        UnpicklingError, match=r"^a call of (posix|nt).system, which is not admitted$"
    ):
        restricted_loads(pickle.dumps(Evil(), protocol))


@pytest.mark.parametrize("name", ["builtins\neval", "numpy\nload", "numpy.core.multiarray\nscalar"])
def test_other_names_are_refused(name):
    with pytest.raises(UnpicklingError, match=r"which is not admitted"):
        restricted_loads(f"c{name}\n.".encode())


def test_outside_references_and_other_encodings_are_refused():
    with pytest.raises(UnpicklingError, match=r"^a reference to something outside the file$"):
        restricted_loads(b"Pname\n.")
    with pytest.raises(UnpicklingError, match=r"^the encoding 'zip'$"):
        restricted_loads(b"\x80\x02c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00ziptR.")


def fault(content):
    with pytest.raises(DataError) as error:
        decode10("file", content)
    return str(error.value)


@pytest.mark.parametrize("size", [0, 1, 10, 100, 4000])
def test_truncated_pickle(size):
    content = python2_pickle({"data": IMAGES, "labels": [1, 2]})[:size]
    assert fault(content).startswith("file: expected a pickled CIFAR batch, found damage (")


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ({"labels": [1, 2]}, "expected a dict with 'data', found none"),
        ({"data": IMAGES}, "expected a dict with 'labels', found none"),
        (
            {"data": [1, 2], "labels": [1, 2]},
            "expected an array of bytes (N, 3072) under 'data', found list",
        ),
        (
            {"data": IMAGES[:, :3000], "labels": [1, 2]},
            "expected an array of bytes (N, 3072) under 'data', found shape (2, 3000), dtype u1",
        ),
        ({"data": IMAGES, "labels": [1]}, "expected 2 labels, found 1"),
        (
            {"data": IMAGES, "labels": "1"},
            "expected a list of whole numbers as labels, found something else",
        ),
    ],
)
def test_wrong_content(entries, text):
    assert fault(python2_pickle(entries)) == f"file: {text}; {REMEDY}"


def test_wrong_dtype_and_labels():
    text = "file: expected an array of bytes (N, 3072) under 'data', found shape (2, 3072), "
    content = python3_pickle({"data": IMAGES.astype(np.float32), "labels": [1, 2]})
    assert fault(content) == f"{text}dtype f4; {REMEDY}"
    content = python3_pickle({"data": IMAGES, "labels": [1, 2**80]})
    assert fault(content) == (
        f"file: expected labels below the number of classes, found {2**80}; {REMEDY}"
    )


@given(st.data())
def test_damage_is_told_and_nothing_else_happens(data):
    content = bytearray(python2_pickle({"data": IMAGES, "labels": [1, 2]}))
    for _ in range(data.draw(st.integers(1, 4))):
        # Opcodes and sizes are at both ends; between them are pixels.
        place = data.draw(st.integers(-20, 150))
        content[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        images, labels = decode10("file", bytes(content))
        assert images.shape == (len(labels), 3072)


def test_objects_without_a_state():
    new = b"cnumpy\nndarray\n)R"
    whole = "a pickled CIFAR batch, found damage (an array without shape, dtype or content)"
    for state, text in (
        (b"", "an array of bytes (N, 3072) under 'data', found shape None, dtype None"),
        (b"(NNNNNtb", whole),
        (b"(K\x01(U\x01at" + b"NNU\x01atb", whole),
    ):
        content = b"\x80\x02}(U\x04data" + new + state + b"U\x06labels]K\x01au."
        assert fault(content) == f"file: expected {text}; {REMEDY}"


def test_an_array_shorter_than_its_shape():
    content = python2_pickle({"data": IMAGES, "labels": [1, 2]})
    assert content.count(b"K\x02M\x00\x0c") == 1
    content = content.replace(b"K\x02M\x00\x0c", b"K\x03M\x00\x0c")
    assert "found shape (3, 3072), dtype u1" in fault(content)


def test_a_shape_that_no_array_has():
    content = python2_pickle({"data": np.zeros((0, 3072), np.uint8), "labels": []})
    huge = b"\x8a\x06" + (2**40).to_bytes(6, "little")
    assert content.count(b"(K\x00M\x00\x0ct") == 1
    content = content.replace(b"(K\x00M\x00\x0ct", b"(" + huge + huge + b"K\x00t")
    assert f"found shape ({2**40}, {2**40}, 0), dtype u1" in fault(content)


def test_a_type_of_many_letters_is_not_looked_through(soon):
    letters = b"B" + (10**7).to_bytes(4, "little") + bytes(10**7)
    calls = b"cnumpy\ndtype\nq\0" + letters + b"q\1" + b"h\0h\1\x85R" * 1_000
    with soon(3):
        assert restricted_loads(calls + b".").letters == "unknown"


def test_texts_are_of_latin1():
    assert restricted_loads(pickle.dumps("\xff" * 300, 2)) == "\xff" * 300
    with pytest.raises(UnpicklingError, match=r"^a text that is not latin1$"):
        restricted_loads(pickle.dumps("\u0100", 2))
