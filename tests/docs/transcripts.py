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

from click.testing import CliRunner

from cnncli.cli.main import cli

ROOT = Path(__file__).parents[2]
NEED_NO_FOLDER = {"shapes", "graph", "diff", "convert"}
"""Commands that neither read images nor write: they run here, the others in a folder of a page."""
_MEASURED = re.compile(
    r"\b(\d+ h )?(\d+ min ?)?\d[\d,]*(\.\d+)? ?(s|ms|min|images/s)\b|[\d,.]+ [KMG]iB"
)
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)")
NEAR = 0.02
"""How far apart a loss or an accuracy may be on another processor, which rounds otherwise."""


class Transcripts:
    """Runs commands, and keeps a folder with configs/ and data/digits/ for those that need one.

    They run in order, so that a command finds what the one before it left.
    """

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Transcripts":
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def of(self, command: str, before: str) -> str:
        """The command and its output as a block; that of `before` if only measurements differ."""
        name, *arguments = shlex.split(command)
        assert name == "cnn", command
        shown = self._here(arguments) if arguments[0] in NEED_NO_FOLDER else self.run(arguments)
        after = f"```console\n$ {command}\n{shown.rstrip()}\n```\n"
        return before if agree(before, after) else after

    def _here(self, arguments: Sequence[str]) -> str:
        with chdir(ROOT):
            result = CliRunner().invoke(cli, arguments)
        return (result.stdout + result.stderr).replace(f"{ROOT}/", "")

    def run(self, arguments: Sequence[str]) -> str:
        """Standard error and output, in the order in which they come."""
        if self._folder is None:
            self._folder = TemporaryDirectory()
            prepare(Path(self._folder.name))
        result = run(arguments, Path(self._folder.name))
        assert result.returncode == 0, (arguments, result.stdout)
        return result.stdout


def prepare(folder: Path) -> None:
    """The folder of somebody who has the project, and no data but the digits."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    shutil.copytree(ROOT / "data" / "digits", folder / "data" / "digits")


def run(arguments: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "cnncli", *arguments],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("CNN_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def agree(before: str, after: str) -> bool:
    """The same words, and the same numbers but for times, speeds and rounding."""
    one, other = (list(_pieces(text)) for text in (before, after))
    return len(one) == len(other) and all(map(_near, one, other))


def _pieces(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _NUMBER.split(_MEASURED.sub("T", line))


def _near(one: str, other: str) -> bool:
    if one == other:
        return True
    if not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other) and "." in one and "." in other):
        return False
    return abs(float(one.replace(",", "")) - float(other.replace(",", ""))) <= NEAR
