"""How long commands take from their start to their end."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

from .networks import CONFIGS
from .options import Options
from .turns import spread, table, timed, turns

COMMANDS = {
    "`cnn --version`": ["-m", "cnncli", "--version"],
    "`cnn shapes configs/notes.yaml`": ["-m", "cnncli", "shapes", str(CONFIGS / "notes.yaml")],
    "`import torch`": ["-c", "import torch"],
    "Python alone": ["-c", ""],
}


def startup(options: Options) -> Iterator[str]:
    """Whole processes."""
    yield "## Start-up"
    yield ""
    yield f"Whole processes. Milliseconds: median of {options.rounds} (quartiles)."
    yield ""
    processes: dict[str, Callable[[], object]] = {
        name: partial(
            subprocess.run, [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL
        )
        for name, arguments in COMMANDS.items()
    }
    times = turns({name: timed(run) for name, run in processes.items()}, options.rounds)
    yield from table(["command", "time"], [[name, spread(found)] for name, found in times.items()])
