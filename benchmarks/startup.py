"""How long commands take from their start to their end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from .networks import CONFIGS
from .options import Options
from .turns import spread, table, turns

YARDSTICK = "`import click, yaml, pydantic`"
"""What any program that reads such files with these libraries takes at least."""
COMMANDS = {
    "`cnn --version`": ["-m", "cnncli", "--version"],
    "`cnn -h`": ["-m", "cnncli", "-h"],
    "`cnn shapes configs/notes.yaml`": ["-m", "cnncli", "shapes", str(CONFIGS / "notes.yaml")],
    "`cnn shapes configs/vgg16.yaml`": ["-m", "cnncli", "shapes", str(CONFIGS / "vgg16.yaml")],
    "`cnn graph configs/vgg16.yaml`": ["-m", "cnncli", "graph", str(CONFIGS / "vgg16.yaml")],
    YARDSTICK: ["-c", "import click, yaml, pydantic"],
    "`import torch`": ["-c", "import torch"],
    "Python alone": ["-c", ""],
}


def startup(options: Options) -> Iterator[str]:
    """Whole processes."""
    yield "## Start-up"
    yield ""
    yield (
        f"Whole processes. Milliseconds: median of {options.rounds} (quartiles). Processor: the "
        f"time of all threads, and how many times that of {YARDSTICK}."
    )
    yield ""
    processes = {name: partial(_run, arguments) for name, arguments in COMMANDS.items()}
    found = turns(processes, options.rounds)
    unit = median(busy for _, busy in found[YARDSTICK])
    rows = []
    for name, measured in found.items():
        times, busy = zip(*measured, strict=True)
        rows.append([name, spread(times), spread(busy), f"{median(busy) / unit:.2f}"])
    yield from table(["command", "time", "processor", "times"], rows)


def _run(arguments: Sequence[str]) -> tuple[float, float]:
    """A process: milliseconds from its start to its end, and those of its threads together."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return 1000 * seconds, 1000 * (usage.ru_utime + usage.ru_stime)
