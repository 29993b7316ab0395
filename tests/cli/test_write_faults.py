"""A run whose disk fails at any moment: one line, exit status 6, and what was saved is whole."""

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cnncli import files
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from tests.cli.commands import call, write_config

FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.ENOENT)


class Disk:
    """Counts the calls that write; from number `last` on all of them fail."""

    def __init__(self, last=None, fault=None):
        self.calls, self.last, self.fault = Counter(), last, fault

    @property
    def total(self):
        return sum(self.calls.values())

    def failing(self, name, function):
        def call_(*arguments, **options):
            if self.last is not None and self.total >= self.last:
                names = [str(a) for a in arguments if isinstance(a, Path)]
                raise OSError(self.fault, os.strerror(self.fault), *names[:1])
            self.calls[name] += 1
            return function(*arguments, **options)

        return call_

    def opener(self, open_):
        """`open` whose files for writing belong to the disk; what opens them calls os.open."""

        def opened(path, mode="r", *arguments, **options):
            stream = open_(path, mode, *arguments, **options)
            return File(self, stream) if set(mode) & set("wax+") else stream

        return opened

    def attach(self, patch):
        for name in ("fsync", "link", "open", "write", "ftruncate", "replace", "fchmod"):
            patch.setattr(files.os, name, self.failing(name, getattr(os, name)))
        patch.setattr(Path, "mkdir", self.failing("mkdir", Path.mkdir))
        patch.setattr(files, "open", self.opener(open), raising=False)


class File:
    """An open file of a disk."""

    def __init__(self, disk, stream):
        self._stream = stream
        for name in ("write", "writelines", "flush"):
            setattr(self, name, disk.failing(name, getattr(stream, name)))

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()


def digest(run):
    arrays = Checkpoint.load(run / "last.safetensors").arrays
    return hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()


def one_line(text):
    """The message, behind what an undisturbed run says at its beginning."""
    usual = ("tiny: ", "estimated time: ", "epoch ", "saved in ", "to judge it: ", "steps ")
    (line,) = (one for one in text.splitlines() if not one.startswith(usual))
    return line


def fail_everywhere(tmp_path, monkeypatch, faults):
    """Lets the disk fail from each moment on, then goes on with it mended. How often it failed."""
    config = write_config(tmp_path)
    whole, disk = tmp_path / "whole", Disk()
    call("train", config, "--out", tmp_path / "first")  # what is asked of the system only once
    with monkeypatch.context() as patch:
        disk.attach(patch)
        assert call("train", config, "--out", whole, "--threads", 1).exit_code == 0
    assert disk.calls.keys() == {
        "open", "write", "writelines", "flush", "fsync", "replace", "link", "mkdir", "ftruncate",
        "fchmod",
    }  # fmt: skip
    expected, injected = digest(whole), 0
    for moment in range(disk.total):
        fault = faults[moment % len(faults)]
        run = tmp_path / f"run-{moment}"
        command = ("train", config, "--out", run, "--threads", 1)
        with monkeypatch.context() as patch:
            Disk(moment, fault).attach(patch)
            result = call(*command)
        if moment < disk.total - 1:  # the last call is not needed: it empties the lock's file
            assert result.exit_code == 6, result.output
            assert os.strerror(fault) in one_line(result.stderr)
            assert str(run) in one_line(result.stderr)
            injected += 1
        for name in ("last", "previous", "best"):
            if (run / f"{name}.safetensors").exists():
                Checkpoint.load(run / f"{name}.safetensors")
        result = call(*command, "--resume")
        assert result.exit_code == 0, result.output
        assert digest(run) == expected
        assert not list(run.glob(".*.part"))
    return injected


def test_the_disk_fails_at_every_moment(tmp_path, monkeypatch):
    assert fail_everywhere(tmp_path, monkeypatch, FAULTS) >= 50


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_moment(tmp_path, monkeypatch, fault):
    assert fail_everywhere(tmp_path, monkeypatch, (fault,)) >= 50


def test_the_directory_vanishes(tmp_path, monkeypatch):
    config, run = write_config(tmp_path), tmp_path / "run"
    record = RunDirectory.record

    def vanishing(directory, line):
        if line["step"] == 6:
            shutil.rmtree(run)
        record(directory, line)

    monkeypatch.setattr(RunDirectory, "record", vanishing)
    result = call("train", config, "--out", run)
    assert result.exit_code == 6
    assert one_line(result.stderr) == (
        f"{run / 'metrics.jsonl'}: could not be written: No such file or directory"
    )


def test_a_quota_of_the_system(tmp_path):
    """The system itself refuses to let a file grow: the checkpoint before stays."""
    config, run = write_config(tmp_path), tmp_path / "run"
    command = [sys.executable, "-m", "cnncli", "train", str(config), "--out", str(run)]
    done = subprocess.run([*command, "--max-steps", "4"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before = digest(run)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    result = subprocess.run(
        [*command, "--resume"], capture_output=True, text=True, preexec_fn=limit
    )
    assert result.returncode == 6
    *_, last = result.stderr.splitlines()
    assert last == f"{run / 'last.safetensors'}: could not be written: File too large"
    assert "Traceback" not in result.stderr
    assert digest(run) == before
