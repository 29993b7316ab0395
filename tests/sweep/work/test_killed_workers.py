"""Four workers on one folder, some killed at any moment: the same as of one that is left alone."""

import random
import time

import pytest

from tests.sweep.work.sweeps import (
    epochs_done,
    finish,
    outcome,
    shown,
    start,
    trial_folders,
    write_sweep,
)

KINDS = [(sampler, halving) for sampler in ("grid", "random", "quasi") for halving in (False, True)]


def wait_for_owner(workers, folder):
    """A worker that has a trial, at some moment of its training."""
    for _ in range(6000):
        pids = {path.read_text().strip() for path in folder.glob("trial-*/.lock")}
        if owners := [worker for worker in workers if str(worker.pid) in pids]:
            return owners[0]
        time.sleep(0.005)
    raise AssertionError("no worker has a trial")


def sweep_with_kills(folder, sampler, halving, *, kills, seed, epochs=27):
    """Sweeps with so many kills, and looks that it made no difference."""
    file = write_sweep(folder, sampler, halving=halving, epochs=epochs)
    alone, shared = folder / "alone", folder / "shared"
    finish(start(file, alone, "--quiet"))
    draw = random.Random(seed)
    workers = [start(file, shared, "--quiet") for _ in range(4)]
    try:
        for _ in range(kills):
            worker = wait_for_owner(workers, shared)
            time.sleep(draw.uniform(0, 0.15))
            worker.kill()
            worker.communicate()
            workers.remove(worker)
            workers.append(start(file, shared, "--quiet"))
        for worker in workers:
            finish(worker)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert [path.name for path in trial_folders(shared)] == [
        path.name for path in trial_folders(alone)
    ]
    for epochs in epochs_done(shared):
        assert epochs == list(range(1, len(epochs) + 1))
    assert outcome(shared) == outcome(alone)
    assert shown(file, shared) == shown(file, alone)


def test_some_kills(tmp_path):
    sweep_with_kills(tmp_path, "random", True, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_many_kills(tmp_path, number):
    sampler, halving = KINDS[number % len(KINDS)]
    sweep_with_kills(tmp_path, sampler, halving, kills=6, seed=number)
