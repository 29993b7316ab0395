"""What a run has written: its metrics, its last checkpoint, and the wait for another one."""

import json
import time

from cnncli.training.storage.checkpoint import Checkpoint

CLOCK = ("seconds", "images_per_second")


def lines_of(run):
    """The lines of a run's directory."""
    return [*map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]


def metrics(run):
    """The same, without what depends on the clock."""
    lines = lines_of(run)
    return [{key: value for key, value in line.items() if key not in CLOCK} for line in lines]


def saved(run):
    """The bytes of all arrays of the last checkpoint: parameters, state, the optimizer's slots."""
    arrays = Checkpoint.load(run / "last.safetensors").arrays
    return {name: array.tobytes() for name, array in arrays.items()}


def wait_for_another(path, before):
    """Waits until a file was written at another time than `before`, or for the first time."""
    for _ in range(3000):
        if written(path) not in (None, before):
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} does not change")


def written(path):
    """When the file was, in nanoseconds; None: never."""
    return path.stat().st_mtime_ns if path.exists() else None
