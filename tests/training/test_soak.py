"""Long runs: memory and open files do not grow, and the clock on the wall does not matter."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from statistics import median

import pytest

from cnncli.training.run import run
from tests.training.recorded import saved
from tests.training.silent import Silent

DIGITS = Path(__file__).parents[2] / "data"
CONFIG = f"""
data:
  name: digits
  root: {DIGITS}
  validation: VALIDATION
  augment: [flip, {{crop: 1}}, {{cutout: 3}}]
architecture: INPUT-CONV3-8-BN-RELU-POOL-CONV3-16-RELU-POOL-FC-32-DROPOUT-FC
train:
  epochs: 1000000
  batch_size: 64
  threads: 2
  average: ema
  log_every: 1
  optimizer: {{name: adam, lr: 0.001}}
"""
USUAL, MOST = 200, 1374
"""Images held out: an epoch has 20 steps, or one, so that as much as can be is done between."""


def family(pid):
    """A process and its children."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = " ".join((task / "children").read_text() for task in tasks)
    return [pid, *map(int, children.split())]


def kilobytes(pids):
    """What the processes have in memory, without the files of their programs.

    A page that a fork shares counts in both, so that nothing changes where one of them copies it.
    """
    text = "".join(Path(f"/proc/{pid}/status").read_text() for pid in pids)
    own = ("RssAnon:", "RssShmem:")
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(own))


def handles(pids):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def soak(tmp_path, seconds, validation):
    """Trains for so long. Memory in KiB and open files, each second."""
    config, out = tmp_path / "soak.yaml", tmp_path / "run"
    config.write_text(CONFIG.replace("VALIDATION", str(validation)))
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", out, "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    memory, files = [], []
    try:
        while not (out / "previous.safetensors").exists():
            assert process.poll() is None
            time.sleep(0.1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert process.poll() is None
            pids = family(process.pid)
            assert len(pids) == 2
            memory.append(kilobytes(pids))
            files.append(handles(pids))
            time.sleep(1)
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 143, told
    return memory, files


def growth(memory):
    """From the second tenth to the last, medians."""
    tenth = len(memory) // 10
    return median(memory[-tenth:]) / median(memory[tenth : 2 * tenth]) - 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("seconds", "validation"),
    [
        pytest.param(10, USUAL, id="short"),
        pytest.param(360, MOST, id="many_epochs", marks=pytest.mark.slow),
        pytest.param(1800, USUAL, id="half_an_hour", marks=pytest.mark.slow),
    ],
)
def test_memory_and_files_stay_flat(tmp_path, seconds, validation):
    memory, files = soak(tmp_path, seconds, validation)
    print(f"KiB at ten moments: {memory[:: -(-len(memory) // 10)]}; files {files[-1]}")
    assert growth(memory) <= 0.01
    assert median(files[-len(files) // 4 :]) <= median(files[: len(files) // 4])


def test_the_clock_on_the_wall_does_not_matter(open_session, monkeypatch):
    """It jumps by up to a year at every look; times are measured by another one."""
    whole = open_session(out="whole")
    run(whole, Silent())
    draw, true = random.Random(1), time.time
    monkeypatch.setattr(time, "time", lambda: true() + draw.uniform(-3e7, 3e7))
    began = time.perf_counter()
    session = open_session()
    run(session, Silent())
    seconds = time.perf_counter() - began
    for directory in (whole.directory, session.directory):
        assert datetime.fromisoformat(json.loads(directory.about.read_text())["started"])
    lines = [json.loads(line) for line in session.directory.metrics.read_text().splitlines()]
    taken = [line["seconds"] for line in lines if "seconds" in line]
    assert len(taken) == 3
    assert 0 < sum(taken) < seconds
    assert saved(session.directory.path) == saved(whole.directory.path)
