"""Surroundings that hold nothing: a new virtual environment and a home of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_HIDDEN = ("PYTHON", "CNN_", "VIRTUAL_ENV", "XDG_", "GITHUB_")
"""How names of variables begin that would bring something in."""


class Environment:
    """A virtual environment below a folder, with the programs of the system beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        command = [sys.executable, "-m", "venv", folder / "venv"]
        subprocess.run(command, env=self._variables(), check=True)

    def run(
        self,
        command: Sequence[str | Path],
        folder: Path,
        variables: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """The command there, with its output, standard error in it; of any status."""
        return subprocess.run(
            command,
            cwd=folder,
            env=self._variables() | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )

    def shell(
        self, script: str, folder: Path, variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """A script, as GitHub's runner calls bash: it ends with the first command that fails."""
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
        return self.run(bash, folder, variables)

    def _variables(self) -> dict[str, str]:
        kept = {key: text for key, text in os.environ.items() if not key.startswith(_HIDDEN)}
        own = {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            # what pip has fetched before
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
        }
        return kept | own
