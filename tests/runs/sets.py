"""Sets of runs, started as a shell does, and what lies in them."""

import os
import signal
import subprocess
import sys
import time

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import DATA, write_config
from tests.training.recorded import metrics

LONG = "INPUT-[CONV3-12-BN-RELU]*2-POOL-FC"


def long_config(folder, epochs=60):
    """Of runs of some seconds."""
    data = f"{{name: digits, root: {DATA}, limit: 320, validation: 64}}"
    config = write_config(folder, data=data, architecture=LONG)
    text = config.read_text().replace("epochs: 2", f"epochs: {epochs}")
    config.write_text(text.replace("threads: 2", "threads: 1"))
    return config


def start(*arguments):
    """A process of `cnn`, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cnncli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def arrays(run):
    """All arrays of its last checkpoint and its best one, and its metrics without times."""
    found = [metrics(run)]
    for name in ("last", "best"):
        kept = Checkpoint.load(run / f"{name}.safetensors").arrays
        found.append({key: array.tobytes() for key, array in kept.items()})
    return found


def wait_for(*paths):
    """Until they are there."""
    until = time.monotonic() + 60
    while not all(path.exists() for path in paths):
        assert time.monotonic() < until, paths
        time.sleep(0.005)


def processes_of(folder):
    """The numbers of those that have the folder on their command lines."""
    found = []
    for number in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if any(str(folder).encode() in word for word in words) and int(number) != os.getpid():
            found.append(int(number))
    return found


def wait_until_gone(folder, seconds=10):
    """Until no process has to do with it; fails where one stays."""
    until = time.monotonic() + seconds
    while left := processes_of(folder):
        assert time.monotonic() < until, left
        time.sleep(0.02)


def end(process, number):
    """Sends the signal, SIGINT as a terminal does, and waits: what it has said, on both streams."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    return process.communicate(timeout=60)
