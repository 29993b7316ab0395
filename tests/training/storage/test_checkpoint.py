"""Checkpoints are whole or refused; files are replaced at once or left alone."""

import hashlib
import json
import os
import random
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from cnncli.errors import CheckpointError, WriteError
from cnncli.files import write_whole
from cnncli.training.state import Best, Progress, Sums, Watch
from cnncli.training.storage import safetensors_file
from cnncli.training.storage.checkpoint import Checkpoint, DataUsed
from cnncli.training.storage.safetensors_header import DamagedError
from tests.messages import error_text


def small():
    data = DataUsed("digits", "ab" * 32, None, ("0", "1"), (1.5,), (2.5,))
    progress = Progress(7, Sums(3, 1.25, 2, 0.5), Watch(0.5, 1, False, 2), Best(None, 0.75))
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


@pytest.fixture
def whole(tmp_path):
    """A checkpoint's bytes."""
    small().save(tmp_path / "whole")
    return (tmp_path / "whole").read_bytes()


def test_every_truncation_and_what_was_added_is_refused(tmp_path, whole):
    path = tmp_path / "last.safetensors"
    for content in (*(whole[:length] for length in range(len(whole))), whole + b"\0"):
        path.write_bytes(content)
        with pytest.raises(DamagedError, match=r"last\.safetensors: the file is damaged: "):
            Checkpoint.load(path)


def test_every_flipped_bit_is_refused(tmp_path, whole):
    """In the numbers and in the header, which holds the configuration."""
    path = tmp_path / "last.safetensors"
    for at in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(DamagedError, match="the file is damaged: "):
            Checkpoint.load(path)


def test_any_two_flipped_bits_are_refused(tmp_path, whole):
    """10,000 pairs: what one of them breaks, the other does not mend."""
    path, draw = tmp_path / "last.safetensors", random.Random(1)
    for _ in range(10_000):
        changed = bytearray(whole)
        for at in draw.sample(range(8 * len(whole)), 2):
            changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(CheckpointError, match=r"the file is damaged: |not a checkpoint of cnn"):
            Checkpoint.load(path)


def written(path, text, arrays=None):
    """A file of the format with a text of one's own, its digests right."""
    safetensors_file.write(path, text, arrays or {"a": np.zeros(3)})


ABOUT = (
    '{"format": 2, "config": "", "progress": {}, "algorithms": {}, "data": {"name": '
    f'"digits", "digest": "{"ab" * 32}", "stand_in_for": null, "classes": ["x"], "mean": null, '
    '"std": null}}'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"format": 99}',
            "format 99 is unknown to this version, which reads format 2; use a newer cnn",
        ),
        ('{"format": "2"}', "the header is damaged: format: Input should be a valid integer"),
        ("{}", "the header is damaged: format: Field required"),
        ('{"format": 2, "data": {}}', "the header is damaged: config: Field required"),
        (
            ABOUT.replace('"digits"', "3"),
            "the header is damaged: data.name: Input should be a valid",
        ),
        (
            ABOUT.replace("{}, ", '{"step": 1.5}, ', 1),
            "the header is damaged: progress.step: Input should be a valid integer",
        ),
        (
            ABOUT.replace("{}, ", '{"step": -3}, ', 1),
            "the header is damaged: progress.step: Input should be greater than or equal to 0",
        ),
        (
            ABOUT.replace('"std": null', '"std": [0.0]'),
            "the header is damaged: data.std.0: Input should be greater than or equal to 0.001, "
            "not 0.",
        ),
        ("[" * 100_000, "the header is damaged: its text: Invalid JSON: recursion limit exceeded"),
        ("", "the header is damaged: its text: Invalid JSON: EOF while parsing"),
    ],
)
def test_whole_files_that_are_no_checkpoints(tmp_path, text, message):
    path = tmp_path / "x"
    written(path, text)
    caught = error_text(CheckpointError, Checkpoint.load, path)
    assert caught.startswith(f"{path}: {message}")
    assert "\n" not in caught


def test_the_text_alone_makes_a_checkpoint(tmp_path):
    written(tmp_path / "x", ABOUT)
    assert Checkpoint.load(tmp_path / "x").progress == Progress()


def test_other_files_are_refused(tmp_path, whole):
    path = tmp_path / "x"
    for other in (path, tmp_path, path / "below", Path(os.devnull)):
        caught = error_text(CheckpointError, Checkpoint.load, other)
        assert caught == f"{other}: there is no such checkpoint"
    path.write_bytes(save({"a": np.zeros(3)}))
    caught = error_text(CheckpointError, Checkpoint.load, path)
    assert caught == (
        f"{path}: not a checkpoint of cnn: its header has no 'cnncli'; the weights of other "
        "programs have another order of axes; give a run or a checkpoint of cnn"
    )
    for content in (b"", b"no checkpoint at all", whole[:100]):
        path.write_bytes(content)
        assert error_text(CheckpointError, Checkpoint.load, path) == (
            f"{path}: not a checkpoint; give a run's directory, or a .safetensors file in it"
        )


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CheckpointError, match="there is no such checkpoint"):
        Checkpoint.load(tmp_path / "pipe")


def described(dtype="F32", shape=(4,), offsets=(0, 16), **more):
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}, **more}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (described(shape=(2**62, 4)), "overflow computing buffer size"),
        (described(shape=(2**40,), offsets=(0, 2**42)), ""),
        (described(shape=(3,)), "invalid shape, data type, or offset for tensor"),
        (described(shape=(-4,)), "invalid value: integer `-4`"),
        (described(offsets=(16, 32)), "invalid offset"),
        (described(offsets=(16, 0)), ""),
        (described(b=described()["a"]), "invalid offset"),
        (described(b=described(shape=(2,), offsets=(8, 16))["a"]), "invalid offset"),
        (described("F99"), "a has numbers of type 'F99', not F32 or F64"),
        (described("BF16", (8,)), "a has numbers of type 'BF16', not F32 or F64"),
        (described("I32"), "a has numbers of type 'I32', not F32 or F64"),
        (described(3), "a has numbers of type '', not F32 or F64"),
        ({"a": [1, 2]}, "a has numbers of type '', not F32 or F64"),
        (described(shape=(4, *[1] * 70)), "maximum supported dimension for an ndarray"),
        (described(b=" " * (8 << 20)), "its header is longer than 8,388,608 bytes"),
    ],
)
def test_headers_that_lie(tmp_path, header, reason):
    """Their own digests are right, as a forger would make them."""
    metadata = {"cnncli": ABOUT, "digests": "{}", "header_sha256": "0" * 64}
    text = json.dumps({"__metadata__": metadata, **header}, separators=(",", ":")).encode()
    blank = struct.pack("<Q", len(text)) + text
    forged = blank.replace(b"0" * 64, hashlib.sha256(blank).hexdigest().encode())
    path = tmp_path / "last.safetensors"
    path.write_bytes(forged + bytes(16))
    caught = error_text(DamagedError, Checkpoint.load, path)
    assert caught.startswith(f"{path}: the file is damaged: ")
    assert reason in caught


def test_arrays_that_the_digests_do_not_name(tmp_path):
    metadata = {"cnncli": ABOUT, "digests": "{}", "header_sha256": "0" * 64}
    blank = save({"a": np.zeros(3)}, metadata=metadata)
    end = 8 + struct.unpack("<Q", blank[:8])[0]
    digest = hashlib.sha256(blank[:end]).hexdigest().encode()
    path = tmp_path / "last.safetensors"
    path.write_bytes(blank.replace(b"0" * 64, digest))
    with pytest.raises(DamagedError, match="the file is damaged: the digest of a does not fit"):
        Checkpoint.load(path)


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    path = tmp_path / "last.safetensors"
    with pytest.raises(
        WriteError, match=r"all names take 8,388,\d+ bytes, and may take 8,388,608;"
    ):
        written(path, " " * (8 << 20))
    assert not path.exists()


def test_a_large_file_of_nothing_is_not_read(tmp_path):
    """As a file system leaves one that lost its content."""
    path = tmp_path / "last.safetensors"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DamagedError, match="the file is damaged: its header is not a JSON object"):
        Checkpoint.load(path)


def test_a_file_is_read_once(tmp_path):
    """Its bytes and its arrays are in memory together, nothing else of that size."""
    path, size = tmp_path / "last.safetensors", 4 << 20
    written(path, ABOUT, {"a": np.zeros(size // 8)})
    tracemalloc.start()
    try:
        Checkpoint.load(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2.2 * size


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 10**8])
def test_a_header_longer_than_the_file(tmp_path, length):
    path = tmp_path / "last.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(DamagedError, match="the file is damaged: its header is cut off"):
        Checkpoint.load(path)


def test_the_mode_is_kept(tmp_path):
    path, former = tmp_path / "last.safetensors", tmp_path / "previous.safetensors"
    small().save(path)
    path.chmod(0o640)
    for _ in range(2):
        small().save(path, former)
    assert {file.stat().st_mode & 0o777 for file in (path, former)} == {0o640}


def test_a_failed_replacement_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    caught = error_text(WriteError, write_whole, path, b"new")
    assert caught == f"{path}: could not be written: No space left on device"
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_missing_folder(tmp_path):
    with pytest.raises(WriteError, match="could not be written: No such file or directory"):
        write_whole(tmp_path / "none" / "file", b"")
