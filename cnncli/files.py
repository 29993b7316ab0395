"""Files that are complete or not there.

Everything that is written goes through `write_whole`, `append` or a lock: a link, a pipe or a
device at a name is neither followed nor replaced, but refused.
"""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from .errors import UsageError, WriteError
from .text import count, printable

Notify: TypeAlias = Callable[[str], object]

_PART = re.compile(r"\.cnn-[0-9a-f]{16}\.part")
_KINDS = {stat.S_IFDIR: "directory", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
_REMEDY = "TMPDIR can name another"
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def write_whole(
    path: Path,
    *pieces: bytes | memoryview,
    former: Path | None = None,
    replace: bool = True,
    notify: Notify | None = None,
) -> None:
    """Replaces the file at once; whatever happens, the old one or the new one is there.

    The new one has the mode of the old one, its owner and its group. pieces: what it holds, one
    after another. former: what the old file is called from then on; without it, that is dropped.
    replace: False where there must be no old file. notify: takes what the user must know of owners
    that could not be kept, and of other names of the old file. Raises WriteError, with the old file
    untouched, where the new one cannot be written, and UsageError where there must be no old one.
    """
    with reported(path):
        old = plain_file(path)
        if former:
            plain_file(former)
        part = _part(path)
        with _removed_after(part):
            with open(part, "xb", opener=_open_new) as file:
                note = _keep_rights(path, file.fileno(), old) if old else ""
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            if former and old:
                _call_too(path, former)
            if replace:
                os.replace(part, path)
            else:
                _name_new(part, path)
            _sync_folder(path)
    if note and notify:
        notify(note)


def append(path: Path, content: bytes) -> None:
    """Adds to the end of the file, which is made where there is none. Raises WriteError."""
    with reported(path), open(path, "ab", opener=open_own) as file:
        file.write(content)


def sync(path: Path) -> None:
    """Makes what was appended durable, if there is anything. Raises WriteError."""
    with reported(path), suppress(FileNotFoundError), open(path, "r+b", opener=open_own) as file:
        os.fsync(file.fileno())


def rename(old: Path, new: Path) -> None:
    """Calls a file otherwise, in place of what was called so before.

    Raises WriteError where one of them is no file, OSError where it cannot be done.
    """
    for path in (old, new):
        plain_file(path)
    os.replace(old, new)


def plain_file(path: str | Path) -> os.stat_result | None:
    """What the system knows of the file that may be written there; None where there is none.

    Raises WriteError where something stands there that is no file, OSError where that cannot be
    seen.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    _judge(path, found)
    return found


def refuse_existing(path: str | Path) -> None:
    """Raises UsageError where a new file would take another's place, WriteError as above."""
    with reported(path):
        if plain_file(path):
            raise UsageError(f"{path}: exists already; give another name, or --force to replace it")


def remove_parts(folder: Path, others: Collection[str] = ()) -> None:
    """Clears away what writers left that were killed, and files of those other names.

    Nobody may be writing in the folder.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_part = _PART.fullmatch(entry.name) or entry.name in others
            if is_part and (entry.is_symlink() or entry.is_file(follow_symlinks=False)):
                with suppress(OSError):
                    os.unlink(entry.path)


@contextmanager
def reported(path: str | Path, what: str = "could not be written") -> Iterator[None]:
    """Makes of the system's error a WriteError that names the file, and the reason."""
    try:
        yield
    except OSError as error:
        raise WriteError(f"{path}: {what}: {error.strerror or error}") from None


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A directory that is removed after its use.

    Raises WriteError where none can be made, and with a remedy where nothing can be written there.
    """
    import tempfile

    try:
        folder = tempfile.TemporaryDirectory(prefix="cnncli-")
    except OSError as error:
        raise WriteError(f"no directory for temporary files: {error.strerror}; {_REMEDY}") from None
    with folder as path:
        try:
            yield Path(path)
        except WriteError as error:
            known = str(error).removesuffix(f"; {_REMEDY}")  # by a folder that was made after this
            raise WriteError(f"{known}; {_REMEDY}") from None


def _judge(path: str | Path, found: os.stat_result) -> None:
    """Raises WriteError for what is no file."""
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFLNK:
        target = printable(os.readlink(path))
        raise WriteError(
            f"{path}: is a link to {target}; name the file itself, or move the link away"
        )
    if kind != stat.S_IFREG:
        name = _KINDS.get(kind, "device")
        raise WriteError(f"{path}: is a {name}, not a file; name another, or move it away")


def open_own(path: str, flags: int) -> int:
    """For `open` as its opener: a file with no other name, at which no link or pipe stands.

    Raises WriteError for anything else: to write on in it would change what is another's.
    """
    plain_file(path)
    descriptor = os.open(path, flags | _FLAGS, 0o666)
    try:
        found = os.fstat(descriptor)
        _judge(path, found)
        if found.st_nlink > 1:
            raise WriteError(
                f"{path}: has {found.st_nlink} names (hard links), and another may be someone's "
                "file; move this one away"
            )
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open_new(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS, 0o666)


def _part(path: Path) -> str:
    """A name beside the path's that nobody can foresee; a long name has no room for one in it.

    Not a Path: Python notes the names in new paths in a table, which grew by 940 KB in long runs.
    """
    return os.path.join(os.path.dirname(path), f".cnn-{os.urandom(8).hex()}.part")


@contextmanager
def _removed_after(part: str) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(part)


def _keep_rights(path: Path, descriptor: int, old: os.stat_result) -> str:
    """Gives a new file the old one's mode, owner and group; what the user must know of that."""
    notes, new = [], os.fstat(descriptor)
    mode = stat.S_IMODE(old.st_mode)
    if os.name != "nt":  # which has neither
        if not _has_owner(new, old):
            with suppress(OSError):
                os.fchown(descriptor, -1, old.st_gid)
            with suppress(OSError):
                os.fchown(descriptor, old.st_uid, -1)
            new = os.fstat(descriptor)
        if not _has_owner(new, old):
            mode &= 0o777  # nobody's rights go with a program that is another's now
            notes.append(
                f"belongs to user {new.st_uid} and group {new.st_gid} now; user {old.st_uid} and "
                f"group {old.st_gid} could not be kept"
            )
        os.fchmod(descriptor, mode)
    if old.st_nlink > 1:
        names = count(old.st_nlink - 1, "other name")
        notes.append(f"{names} (hard links) of the old file keep what it held")
    return "\n".join(f"warning: {path}: {note}" for note in notes)


def _has_owner(new: os.stat_result, old: os.stat_result) -> bool:
    return (new.st_uid, new.st_gid) == (old.st_uid, old.st_gid)


def _call_too(path: Path, name: Path) -> None:
    """Gives the file a second name, in place of what was called so before."""
    import shutil

    second = _part(name)
    with _removed_after(second):  # two names of one file: to rename one to the other does nothing
        try:
            os.link(path, second)
        except OSError:  # a file system that knows no second names
            with open(path, "rb") as old, open(second, "xb", opener=_open_new) as copy:
                shutil.copyfileobj(old, copy)
                copy.flush()
                os.fsync(copy.fileno())
        os.replace(second, name)


def _name_new(part: str, path: Path) -> None:
    """Gives the file the name, unless something is called so meanwhile."""
    try:
        os.link(part, path)
    except OSError:  # there is one, or the file system knows no second names
        refuse_existing(path)
        os.replace(part, path)


def _sync_folder(path: Path) -> None:
    """Makes a renaming to the path itself durable."""
    if os.name == "nt":  # which opens no folders
        return
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
