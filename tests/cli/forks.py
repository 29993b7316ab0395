"""The whole program in a fork of this process: as quick as a call, with streams of its own."""

import os
import signal
import sys
import traceback
import warnings
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import cnncli.__main__
from cnncli.cli import main


class Ended(NamedTuple):
    """What became of it: its exit status (minus a signal's number), and what it wrote."""

    status: int
    out: str
    err: str


def run_program(*arguments, prepare=lambda: None, encoding="utf-8"):
    """`cnn` with these arguments; `prepare` is called before it begins, in its process."""
    for command in main.COMMANDS.values():
        __import__(command.module)
    with TemporaryFile() as out, TemporaryFile() as err:
        child = _fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            _run([str(argument) for argument in arguments], prepare, encoding)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        texts = (stream.read().decode(encoding) for stream in (out, err))
        return Ended(os.waitstatus_to_exitcode(status), *texts)


def _fork():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other threads, which do nothing
        return os.fork()


def _run(arguments, prepare, encoding):
    """Ends this process with the program's status; 99: it let an exception through."""
    status = 99
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        prepare()
        sys.stdout, sys.stderr = _stream(1, encoding), _stream(2, encoding, "backslashreplace")
        sys.argv = ["cnn", *arguments]
        cnncli.__main__.main()
    except SystemExit as end:
        status = end.code or 0
        for stream in (sys.stdout, sys.stderr):
            if stream:
                stream.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _stream(number, encoding, errors="strict"):
    """As Python opens a standard stream: None where its number is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    return open(number, "w", encoding=encoding, errors=errors, closefd=False)


def close(*numbers):
    """For `prepare`: these standard streams are closed."""
    for number in numbers:
        os.close(number)


def fill(number):
    """For `prepare`: nothing more fits into this one."""
    _lead(number, os.open("/dev/full", os.O_WRONLY))


def break_pipe(number):
    """For `prepare`: it is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    _lead(number, writer)


def forbid_writing(number):
    """For `prepare`: it was opened for reading."""
    _lead(number, os.open(os.devnull, os.O_RDONLY))


def _lead(number, opened):
    os.dup2(opened, number)
    os.close(opened)


def lose_directory(folder: Path):
    """For `prepare`: the current directory was removed."""
    gone = folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
