"""Signals at any moment end a run soon, and what it had learned is saved."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncli.engine.engine import Engine
from cnncli.errors import Interrupted
from cnncli.training.run import run
from cnncli.training.storage.checkpoint import Checkpoint
from tests.messages import error_text
from tests.training.recorded import metrics, saved, wait_for_another, written
from tests.training.silent import Silent

DIGITS = Path(__file__).parents[2] / "data"
# an epoch, with its validation and its two checkpoints, takes some milliseconds
CONFIG = f"""
data: {{name: digits, root: {DIGITS}, limit: 96, validation: 64}}
architecture: INPUT-CONV3-4-RELU-POOL-FC
train: {{epochs: 1000000, batch_size: 32, threads: THREADS, optimizer: {{name: adam, lr: 0.01}}}}
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("judged", ["validation", "test"])
def test_an_evaluation_is_broken_off(open_session, monkeypatch, judged):
    """It begins anew in the resumed run, which then is as if nothing had happened."""
    overrides = ("train.average=ema", "data.views=[flip]", "train.epochs=2")
    whole = open_session(*overrides, out="whole")
    result = run(whole, Silent())
    session = open_session(*overrides)
    # 14 steps; 200 images in 7 batches behind each epoch; 359 in 12 batches of two views
    scored, calls, true = {"validation": 7 + 2, "test": 14 + 2 * 3}[judged], [], Engine.scores

    def scores(engine, batch):
        calls.append(batch)
        if len(calls) == scored:
            os.kill(os.getpid(), signal.SIGTERM)
        return true(engine, batch)

    monkeypatch.setattr(Engine, "scores", scores)
    caught = error_text(Interrupted, run, session, Silent())
    assert len(calls) == scored
    assert caught == f"interrupted after step 14, saved in {session.directory.last}"
    monkeypatch.undo()
    checkpoint = Checkpoint.load(session.directory.last)
    assert not checkpoint.progress.finished
    assert checkpoint.progress.sums.images == (210 if judged == "validation" else 0)
    resumed = open_session(*overrides, checkpoint=checkpoint)
    again = run(resumed, Silent())
    assert saved(resumed.directory.path) == saved(whole.directory.path)
    assert (again.loss, again.accuracy) == (result.loss, result.accuracy)
    assert metrics(resumed.directory.path) == metrics(whole.directory.path)


def signal_often(tmp_path, times, threads):
    """Every fourth time SIGINT follows, some milliseconds later. Seconds to start, and to end."""
    config, run_ = tmp_path / "signals.yaml", tmp_path / "run"
    config.write_text(CONFIG.replace("THREADS", str(threads)))
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", run_]
    draw, last, step = random.Random(4), run_ / "last.safetensors", 0
    starts, ends = [], []
    for attempt in range(times):
        before = written(last)
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, *(["--resume"] if attempt else [])], stderr=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for_another(last, before)
            starts.append(time.perf_counter() - began)
            time.sleep(draw.uniform(0, 0.03))
            number, began = draw.choice(SIGNALS), time.perf_counter()
            process.send_signal(number)
            twice = attempt % 4 == 3
            if twice:
                time.sleep(draw.choice((0, 0.001, 0.005, 0.02)))
                process.send_signal(signal.SIGINT)
        finally:
            _, told = process.communicate(timeout=60)
        ends.append(time.perf_counter() - began)
        checkpoint = Checkpoint.load(last)
        if not twice:
            assert process.returncode == 128 + number, told
            where = f"step {checkpoint.progress.step}, saved in {last}"
            again = f"to go on: cnn train {config} --out {run_} --resume"
            assert told.endswith(f"\ninterrupted after {where}\n{again}\n")
        assert process.returncode in (128 + number, 130), told
        assert "Traceback" not in told
        assert checkpoint.progress.step >= step  # the same where only an epoch's end was left
        step = checkpoint.progress.step
        if (run_ / "previous.safetensors").exists():
            assert Checkpoint.load(run_ / "previous.safetensors").progress.step <= step
        if (run_ / "best.safetensors").exists():  # is written before the last
            assert Checkpoint.load(run_ / "best.safetensors").progress.step <= step + 3 * twice
    assert step > times
    return starts, ends


@pytest.mark.parametrize("threads", [1, 2])
def test_some_signals(tmp_path, threads):
    signal_often(tmp_path, 4, threads)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_200_signals(tmp_path, threads):
    starts, ends = signal_often(tmp_path, 100, threads)
    assert max(ends) < 8 * min(starts)
