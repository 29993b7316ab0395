"""A run that is killed at any moment leaves a checkpoint that loads, and goes on from it.

At the end it is the same, to the bit, as one that was left alone.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.training.recorded import metrics, wait_for_another, written

DIGITS = Path(__file__).parents[2] / "data"
# an epoch, with its two checkpoints, takes some milliseconds
CONFIG = f"""
data: {{name: digits, root: {DIGITS}, limit: 32, validation: 16}}
architecture: INPUT-FC
train: {{epochs: 1000000, batch_size: 32, threads: THREADS, optimizer: {{name: adam, lr: 0.01}}}}
"""


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
    whole, end = tmp_path / "whole", ["--max-steps", str(step + 3)]
    subprocess.run([*command, *end, "--resume"], check=True, capture_output=True)
    assert not list(run.glob(".*.part"))
    subprocess.run([*command[:-2], whole, "--quiet", *end], check=True, capture_output=True)
    for name in ("last", "best"):
        one, other = (Checkpoint.load(path / f"{name}.safetensors") for path in (run, whole))
        assert one.progress.step == other.progress.step
        assert one.arrays.keys() == other.arrays.keys()
        assert all(one.arrays[n].tobytes() == other.arrays[n].tobytes() for n in one.arrays)
    assert metrics(run) == metrics(whole)


@pytest.mark.parametrize("threads", [1, 2])
def test_killed_some_times(tmp_path, threads):
    kill_often(tmp_path, 4, threads)


@pytest.mark.slow
def test_killed_300_times(tmp_path):
    kill_often(tmp_path, 300, 1)
