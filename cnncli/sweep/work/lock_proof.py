"""The proof that a lock keeps other processes out, where a sweep depends on it."""

import os
import subprocess
import sys
from pathlib import Path

from cnncli.errors import WriteError
from cnncli.locks import no_locks
from cnncli.text import printable

_MOUNTS = Path("/proc/self/mountinfo")
_LOCAL = {"nolock", "local_lock=all", "local_lock=flock", "localflock"}
"""Options of NFS and Lustre with which locks exclude the processes of one machine only."""
_EXCLUDED, _TAKEN = 10, 11
_TRY = f"""
import fcntl, sys
with open(sys.argv[1], "r+b") as stream:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit({_EXCLUDED})
sys.exit({_TAKEN})
"""


def prove_exclusion(held: Path) -> None:
    """Looks whether another process can lock a file that this one has locked.

    Raises WriteError where it can, where nobody can, and where the folder is mounted so that
    processes of other machines could.
    """
    tried = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _TRY, os.fspath(held)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if tried.returncode == _TAKEN:
        raise no_locks(held.parent, "a second process could take a lock that this one has")
    if tried.returncode != _EXCLUDED:
        told = tried.stderr.decode(errors="replace").strip().split("\n")[-1]
        raise WriteError(
            f"{held}: a second process could not try the lock: "
            f"{printable(told) or f'it ended with status {tried.returncode}'}"
        )
    if option := _local_locks(held):
        raise no_locks(held.parent, f"it is mounted with {option}, for one machine alone")


def _local_locks(path: Path) -> str | None:
    """The option that keeps locks from other machines, of the mount where the file is.

    A line of the system's list: number, parent, device, root, place, options, some fields more,
    `-`, type, source, options of the file system (proc_pid_mountinfo(5)).
    """
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:  # a system that lists mounts otherwise
        return None
    mounts = (line.split(" ") for line in lines)
    options = (each[-1].split(",") for each in mounts if each[2:3] == [wanted])
    return next((option for all in options for option in all if option in _LOCAL), None)
