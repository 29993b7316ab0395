"""Optuna's samplers with several workers, one of which is killed: each trial runs once."""

import time

import pytest

from tests.sweep.work.sweeps import epochs_done, finish, start, write_sweep

pytestmark = pytest.mark.optuna


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_each_trial_runs_once(tmp_path, sampler):
    file = write_sweep(tmp_path, epochs=9, trials=8)
    file.write_text(file.read_text().replace("sampler: random", f"sampler: {sampler}"))
    out = tmp_path / "out"
    workers = [start(file, out) for _ in range(3)]
    while not list(out.glob("trial-*/last.safetensors")):
        time.sleep(0.01)
    killed = workers.pop()
    killed.kill()
    killed.communicate()
    outputs = {finish(worker)[0] for worker in workers}
    assert len(outputs) == 1
    assert "complete, 8 trials: 8 finished" in outputs.pop()
    assert epochs_done(out) == [list(range(1, 10))] * 8
    assert finish(start(file, out))[1] == ""
