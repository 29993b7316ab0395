"""Files of weights: what they say of themselves is judged before it is read."""

import json
import os
import pickle
import struct
import sys

import numpy as np
import pytest
from safetensors.numpy import save

from cnncli.errors import DataError, UsageError
from cnncli.exchange.torchvision.weight_file import arrays_of

REMEDY = "a file of torch.save is called .pth; any other is damaged"


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        arrays_of(path)
    return str(caught.value).removeprefix(f"{path}: expected a safetensors file, found ")


def test_an_array(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(save({"a": np.arange(6, dtype=np.float32).reshape(2, 3)}))
    (array,) = arrays_of(path).values()
    assert array[:2] == ((2, 3), "float32")
    np.testing.assert_array_equal(array.read(), [[0, 1, 2], [3, 4, 5]])


def test_cut_off(tmp_path):
    whole = save({"a": np.zeros(100, np.float32)})
    path = tmp_path / "w.safetensors"
    assert refused(path, b"") == f"a header that is cut off; {REMEDY}"
    assert refused(path, whole[:20]) == f"a header that is cut off; {REMEDY}"
    assert refused(path, whole[:-1]).startswith("a damaged one (")


def test_another_file(tmp_path):
    path = tmp_path / "w.safetensors"
    found = refused(path, pickle.dumps({"a": 1}) + b"x" * 100)
    assert found == f"a header that is cut off; {REMEDY}"


def header(**entries):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


HOSTILE = {
    "more than there is": header(a={"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}),
    "of another size": header(a={"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}) + b"xxxx",
    "one over the other": header(
        a={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        b={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    )
    + b"xxxx",
    "overflowing": header(a={"dtype": "F32", "shape": [2**62, 8], "data_offsets": [0, 0]}),
    "no JSON": struct.pack("<Q", 4) + b"{{{{",
    "deep": struct.pack("<Q", 10**5) + b"[" * 10**5,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_headers(case, tmp_path):
    found = refused(tmp_path / "w.safetensors", HOSTILE[case])
    assert found.startswith("a damaged one (")
    assert "\n" not in found


def test_a_header_that_is_too_long(tmp_path):
    found = refused(tmp_path / "w.safetensors", struct.pack("<Q", 2**23) + b" " * 2**23)
    assert found == f"a header of more than 8,388,608 bytes; {REMEDY}"


def test_names_of_files(tmp_path):
    with pytest.raises(UsageError) as caught:
        arrays_of(tmp_path / "w.bin")
    assert str(caught.value) == (
        f"{tmp_path / 'w.bin'}: not the name of a file of weights; these end in .safetensors, "
        ".pth, .pt"
    )
    for name in ("w.safetensors", "w.pth"):
        with pytest.raises(DataError, match="cannot be read: No such file or directory"):
            arrays_of(tmp_path / name)


def test_without_pytorch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "w.pth"
    path.write_bytes(b"x")
    with pytest.raises(UsageError) as caught:
        arrays_of(path)
    assert str(caught.value) == (
        f"{path}: PyTorch is needed to read it; install it (pip install torch), or, where it is, "
        "save the weights as safetensors: safetensors.torch.save_file(model.state_dict(), "
        "'weights.safetensors')"
    )


def test_no_file(tmp_path):
    path = tmp_path / "w.safetensors"
    os.mkfifo(path)
    with pytest.raises(DataError) as caught:
        arrays_of(path)
    expected = f"{path}: expected a file of weights, found no file; check the name"
    assert str(caught.value) == expected
