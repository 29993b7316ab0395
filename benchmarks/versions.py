"""Versions of cnn beside each other. They are run as commands: nothing of cnncli is imported."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CONFIGS = Path(__file__).parents[1] / "configs"
_OURS = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "CNN_DATA")
"""Settings of this process that would change what is run, or how fast it starts."""


class Version(NamedTuple):
    """How a version is started."""

    command: tuple[str, ...]
    checkout: Path | None

    @property
    def configs(self) -> Path:
        """Its configurations, which a version before it may not understand; else those here."""
        return (self.checkout or CONFIGS.parent) / CONFIGS.name

    def run(self, folder: Path, *arguments: object) -> str:
        """What `cnn` prints for these arguments in that folder, which also keeps its bytecode.

        Exits with its status where it fails; what went wrong is on standard error by then.
        """
        environment = {name: value for name, value in os.environ.items() if name not in _OURS}
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        if self.checkout:
            environment["PYTHONPATH"] = str(self.checkout)
        command = [*self.command, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            sys.exit(done.returncode)
        return done.stdout


def version(text: str) -> Version:
    """Of a checkout, which this Python runs, or of an executable; a type of arguments."""
    path = Path(text).resolve()
    if (path / "cnncli" / "__main__.py").is_file():
        return Version((sys.executable, "-m", "cnncli"), path)
    if path.is_file() and (found := shutil.which(path)):
        return Version((found,), None)
    raise argparse.ArgumentTypeError(f"{text} is neither a checkout of cnn nor an executable file")
