"""What commands print, as the pages show it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import click
from click.testing import CliRunner, Result

from cnncli.cli.main import cli
from tests.inference.pictures import digits, enlarged

ROOT = Path(__file__).parents[2]
NEED_NO_FOLDER = {"shapes", "graph", "diff"}
"""Commands that neither read images nor write."""
CORES = frozenset({0, 1})
"""Of the machine that the pages show: the memory of a training step depends on their number."""
_MEASURED = re.compile(
    r"\b(\d+ h )?(\d+ min ?)?\d[\d,]*(\.\d+)? (s|ms|min|images/s)\b|\b\d+ threads?\b"
    r"|\b\d\.\de-\d\d  \w+\.\w+\[[\d,]+\]"  # rounding, and where it is largest
)
_SHORT_STEPS = re.compile(r"^steps are short: .*\n", re.MULTILINE)
_FILE = re.compile(r"^```yaml\n(# (\S+\.yaml)\n.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)")
NEAR = 0.02
"""How far apart a loss or an accuracy may be on another processor, which rounds otherwise."""


class Transcripts:
    """Runs a page's commands, and keeps a folder for those that need one.

    It holds configs/ and data/digits/, and the page's own files: blocks of YAML that begin with a
    comment like `# wrong.yaml`. Commands run in order, so that one finds what the last one left.
    """

    def __init__(self, page: str) -> None:
        self._files = files_of(page)
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Transcripts":
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def of(self, command: str, before: str) -> str:
        """The command and its output as a block; `before` where only what was measured differs."""
        name, *arguments = shlex.split(command)
        assert name == "cnn", command
        if needs_no_folder(arguments):
            return _block(command, run_here(arguments, self._prepared()).output)
        after = _block(command, self.run(arguments))
        shown = (
            3 if arguments[0] == "eval" else None
        )  # single images may be taken for another class
        return before if agree(before, after, shown) else after

    def run(self, arguments: Sequence[str]) -> str:
        """Standard error and output, in the order in which they come."""
        return run(arguments, self._prepared()).stdout

    def _prepared(self) -> Path:
        """The folder, made when it is first needed."""
        if self._folder is None:
            self._folder = TemporaryDirectory()
            prepare(Path(self._folder.name))
            for name, text in self._files.items():
                file = Path(self._folder.name, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        return Path(self._folder.name)


def files_of(page: str) -> dict[str, str]:
    """The configurations that a page shows for its reader to save, by their names."""
    return {name: text for text, name in _FILE.findall(page)}


def _block(command: str, shown: str) -> str:
    return "\n".join(["```console", f"$ {command}", *shown.rstrip().splitlines(), "```\n"])


def prepare(folder: Path) -> None:
    """The folder of somebody who has the project, no data but the digits, and a picture of one."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    shutil.copytree(ROOT / "data" / "digits", folder / "data" / "digits")
    enlarged(digits()[0][0]).save(folder / "scan.png")


def needs_no_folder(arguments: Sequence[str]) -> bool:
    """Of a command, that it reads no run either: it runs in this process, others in their own."""
    reads_a_run = any(word.startswith("runs/") for word in arguments)
    return arguments[0] in NEED_NO_FOLDER and not reads_a_run


def run_here(arguments: Sequence[str], folder: Path = ROOT) -> Result:
    """A command in this process, in that folder, on the machine that the pages show."""
    assert needs_no_folder(arguments)
    with chdir(folder), patch("os.sched_getaffinity", return_value=CORES, create=True):
        return CliRunner().invoke(cli, arguments)


def run(arguments: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "cnncli", *arguments],
        cwd=folder,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("CNN_")},
            "XDG_CACHE_HOME": str(folder / "cache"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def understood(command: str) -> None:
    """Raises UsageError where `cnn` does not know an option or argument of what follows it."""
    arguments = shlex.split(command)
    found: click.Command | None = cli
    while isinstance(found, click.Group):
        found = found.get_command(click.Context(found), arguments.pop(0))
    assert found is not None, command
    with found.make_context(found.name, arguments):
        pass


def agree(before: str, after: str, lines: int | None = None) -> bool:
    """The same words, and the same numbers but for times, speeds and rounding.

    What is said of short steps is said on a fast machine alone. lines: compare only so many; None:
    all of them.
    """
    before, after = (_SHORT_STEPS.sub("", text) for text in (before, after))
    if before.count("\n") != after.count("\n"):
        return False
    one, other = (list(_pieces(text.splitlines()[:lines])) for text in (before, after))
    return len(one) == len(other) and all(map(_near, one, other))


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield from _NUMBER.split(_MEASURED.sub("T", line))


def _near(one: str, other: str) -> bool:
    if one == other:
        return True
    if not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other) and "." in one and "." in other):
        return False
    return abs(float(one.replace(",", "")) - float(other.replace(",", ""))) <= NEAR
