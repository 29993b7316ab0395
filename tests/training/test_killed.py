"""A run that is killed at any moment leaves a checkpoint that loads, and goes on from it."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncli.training.checkpoint import Checkpoint

DIGITS = Path(__file__).parents[2] / "data"
# an epoch, with its two checkpoints, takes some milliseconds
CONFIG = f"""
data: {{name: digits, root: {DIGITS}, limit: 32, validation: 16}}
architecture: INPUT-FC
train: {{epochs: 1000000, batch_size: 32, threads: THREADS, optimizer: {{name: adam, lr: 0.01}}}}
"""


def wait_for_another(path, before):
    """Waits until the file is another than `before`."""
    for _ in range(3000):
        if written(path) not in (None, before):
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} does not change")


def written(path):
    """When the file was; None: never."""
    return path.stat().st_mtime_ns if path.exists() else None


def kill_often(tmp_path, times, threads):
    config, run = tmp_path / "killed.yaml", tmp_path / "run"
    config.write_text(CONFIG.replace("THREADS", str(threads)))
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", run, "--quiet"]
    draw, last, step = random.Random(4), run / "last.safetensors", 0
    for attempt in range(times):
        resume, before = ["--resume"] if attempt else [], written(last)
        process = subprocess.Popen([*command, *resume], stderr=subprocess.PIPE, text=True)
        try:
            wait_for_another(last, before)
            time.sleep(draw.uniform(0, 0.03))
        finally:
            process.kill()
        _, told = process.communicate()
        assert told == ""
        checkpoint = Checkpoint.load(last)
        assert checkpoint.progress.step > step
        step = checkpoint.progress.step
        if (run / "previous.safetensors").exists():
            assert Checkpoint.load(run / "previous.safetensors").progress.step <= step
        # one that was being written, and one that was about to be called previous
        assert len(list(run.glob(".*.part"))) <= 2
    result = subprocess.run(
        [*command, "--resume", "--max-steps", str(step + 3)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert not list(run.glob(".*.part"))


@pytest.mark.parametrize("threads", [1, 2])
def test_killed_some_times(tmp_path, threads):
    kill_often(tmp_path, 4, threads)


@pytest.mark.slow
def test_killed_300_times(tmp_path):
    kill_often(tmp_path, 300, 1)
