"""A second process proves that locks exclude."""

import errno
import fcntl
import os

import pytest

from cnncli.errors import WriteError
from cnncli.locks import file_lock
from cnncli.sweep.work import lock_proof
from cnncli.sweep.work.lock_proof import prove_exclusion
from cnncli.sweep.work.shared_folder import SharedFolder
from tests.messages import error_text

REMEDY = (
    "so that two processes could train one trial; name a folder that does with --out: on a local "
    "disk, or on NFS 4 mounted without nolock and local_lock"
)
TEXTS = (("sweep.yaml", "a"), ("base.yaml", "b"))


def test_locks_that_exclude(tmp_path):
    with file_lock(tmp_path / ".lock", lambda _: None):
        prove_exclusion(tmp_path / ".lock")


def test_locks_that_exclude_nobody(tmp_path, monkeypatch):
    """Where a lock is given to everybody."""
    monkeypatch.setattr(fcntl, "flock", lambda stream, operation: None)
    told = error_text(WriteError, SharedFolder(tmp_path / "new").begin, TEXTS, 1)
    assert told == (
        f"{tmp_path / 'new'}: its file system keeps nobody out by locks (a second process could "
        f"take a lock that this one has), {REMEDY}"
    )


def test_no_locks(tmp_path, monkeypatch):
    def flock(stream, operation):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", flock)
    told = error_text(WriteError, SharedFolder(tmp_path).begin, TEXTS, 1)
    assert told == (
        f"{tmp_path}: its file system keeps nobody out by locks (Operation not supported), {REMEDY}"
    )
    assert not (tmp_path / "sweep.json").exists()


def test_a_second_process_that_cannot_try(tmp_path):
    assert error_text(WriteError, prove_exclusion, tmp_path / "none") == (
        f"{tmp_path / 'none'}: a second process could not try the lock: FileNotFoundError: "
        f"[Errno 2] No such file or directory: '{tmp_path / 'none'}'"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("rw,vers=3,nolock,local_lock=all", "nolock"),
        ("rw,vers=4.2,local_lock=flock", "local_lock=flock"),
        ("rw,vers=4.2,local_lock=none", None),
        ("rw,localflock", "localflock"),
    ],
)
def test_locks_of_one_machine(tmp_path, monkeypatch, options, told):
    """NFS and Lustre can be mounted so that a lock keeps out the same machine's processes alone."""
    device = os.stat(tmp_path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n\n"
        f"22 21 {number} / /shared rw,relatime shared:1 - nfs4 server:/data {options}\n"
    )
    monkeypatch.setattr(lock_proof, "_MOUNTS", mounts)
    with file_lock(tmp_path / ".lock", lambda _: None):
        if told is None:
            prove_exclusion(tmp_path / ".lock")
            return
        assert error_text(WriteError, prove_exclusion, tmp_path / ".lock") == (
            f"{tmp_path}: its file system keeps nobody out by locks (it is mounted with {told}, "
            f"for one machine alone), {REMEDY}"
        )
