"""Checkpoints are whole or refused; files are replaced at once or left alone."""

import os

import numpy as np
import pytest
from safetensors.numpy import save

from cnncli.errors import CheckpointError, WriteError
from cnncli.training.checkpoint import Checkpoint, DataUsed
from cnncli.training.files import write_whole
from cnncli.training.progress import Progress, Sums, Watch


def small():
    data = DataUsed("digits", "abc", None, ("0", "1"), (1.5,), (2.5,))
    progress = Progress(7, Sums(3, 1.25, 2, 0.5), Watch(0.5, 1, False), 0.75, False)
    return Checkpoint("name: x\n", data, progress, {"parameters/a": np.arange(6.0).reshape(2, 3)})


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "last.safetensors"
    small().save(path)
    loaded = Checkpoint.load(path)
    assert loaded.data == small().data
    assert loaded.progress == small().progress
    assert loaded.config == small().config
    np.testing.assert_array_equal(loaded.arrays["parameters/a"], np.arange(6.0).reshape(2, 3))
    assert os.listdir(tmp_path) == ["last.safetensors"]


def test_every_truncation_is_refused(tmp_path):
    path = tmp_path / "last.safetensors"
    small().save(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"last\.safetensors: the file is damaged"):
            Checkpoint.load(path)


def test_every_changed_byte_is_refused(tmp_path):
    """In the numbers and in the header, which holds the configuration."""
    path = tmp_path / "last.safetensors"
    small().save(path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        with pytest.raises(CheckpointError, match=r"damaged|not a checkpoint|is unknown"):
            Checkpoint.load(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(CheckpointError, match="there is no such checkpoint"):
        Checkpoint.load(path)
    path.write_bytes(save({"a": np.zeros(3)}))
    with pytest.raises(
        CheckpointError, match="not a checkpoint of cnn: its header has no 'cnncli'"
    ):
        Checkpoint.load(path)
    path.write_bytes(save({"a": np.zeros(3)}, metadata={"cnncli": '{"format": 99}'}))
    with pytest.raises(CheckpointError, match="format 99 is unknown to this version"):
        Checkpoint.load(path)
    path.write_bytes(save({"a": np.zeros(3)}, metadata={"cnncli": '{"format": 1, "data": {}}'}))
    with pytest.raises(CheckpointError, match="the header is damaged"):
        Checkpoint.load(path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(*args):
        raise OSError(28, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(WriteError) as caught:
        write_whole(path, b"new")
    assert str(caught.value) == f"{path}: could not be written: No space left on device"
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_missing_folder(tmp_path):
    with pytest.raises(WriteError, match="could not be written: No such file or directory"):
        write_whole(tmp_path / "none" / "file", b"")
