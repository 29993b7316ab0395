"""Workers: who trains which trial, and what they say."""

import json
import os
import shutil
import signal
import time

import pytest

from tests.cli.commands import call, refusal, succeed
from tests.sweep.work.sweeps import (
    epochs_done,
    finish,
    outcome,
    start,
    trial_folders,
    write_sweep,
)
from tests.training.recorded import metrics


def without_times(text):
    """Lines without what the clock says at their end."""
    return [line.rpartition("; ")[0] or line for line in text.splitlines()]


def test_what_a_worker_says(tmp_path):
    file = write_sweep(tmp_path, trials=2, epochs=2)
    lines = without_times(succeed("sweep", file, "--out", tmp_path / "out").stderr)
    assert lines[1].startswith("trial 0: validation accuracy 0.")
    assert lines[1].endswith(", the best of 2 epochs, in epoch 2")
    assert [line.split(":")[0] for line in lines] == ["trial 0", "trial 0", "trial 1", "trial 1"]
    again = succeed("sweep", file, "--out", tmp_path / "out")
    assert again.stderr == "", "nothing was left to do"


def test_two_begin_at_once(tmp_path):
    file = write_sweep(tmp_path, trials=3, epochs=2)
    workers = [start(file, tmp_path / "out") for _ in range(2)]
    outputs = [finish(worker)[0] for worker in workers]
    assert outputs[0] == outputs[1]
    finish(start(file, tmp_path / "one"))
    assert epochs_done(tmp_path / "out") == [[1, 2]] * 3
    assert outcome(tmp_path / "out") == outcome(tmp_path / "one")


def test_a_signal_frees_the_trial(tmp_path):
    file = write_sweep(tmp_path, trials=1, epochs=100_000)
    out = tmp_path / "out"
    worker = start(file, out)
    run = out / "trial-00000"
    while not (run / "last.safetensors").exists():
        assert worker.poll() is None, worker.communicate()
        time.sleep(0.01)
    status = json.loads(succeed("sweep", file, "--out", out, "--status", "--json").stdout)
    assert status["states"] == {"running": 1}
    assert status["trials"][0]["worker"].endswith(f":{worker.pid}")
    assert status["trials"][0]["epochs"] >= 1
    assert not status["complete"]
    worker.send_signal(signal.SIGTERM)
    _, told = worker.communicate(timeout=60)
    assert worker.returncode == 128 + signal.SIGTERM
    step = metrics(run)[-1]["step"]
    last = told.splitlines()[-1]
    assert last.startswith("interrupted after step ")
    assert last.endswith(
        f", saved in {run / 'last.safetensors'}; the same command goes on with it, here or on "
        "another machine"
    )
    assert (run / ".lock").read_text() == ""
    assert json.loads((run / "trial.json").read_text())["state"] == "begun"
    shown = succeed("sweep", file, "--out", out, "--status").stdout
    assert "not complete, 1 trial: 1 waiting" in shown
    assert step > 0


def test_hours_that_are_over(tmp_path):
    """What has begun is trained to its end, and nothing else begins."""
    file = write_sweep(tmp_path, trials=5, epochs=2)
    out = tmp_path / "out"
    succeed("sweep", file, "--out", out, "--quiet")
    for number in (1, 2, 4):
        shutil.rmtree(out / f"trial-{number:05d}")
    (out / "trial-00002").mkdir()
    result = out / "trial-00003" / "trial.json"
    values = json.loads(result.read_text())
    result.write_text(json.dumps({"values": values["values"], "state": "begun"}))
    with_hours = file.read_text().replace("{trials: 5}", "{trials: 5, hours: 1}")
    for path in (file, out / "sweep.yaml"):
        path.write_text(with_hours)
    about = json.loads((out / "sweep.json").read_text())
    (out / "sweep.json").write_text(json.dumps({**about, "began": about["began"] - 3600}))
    told = succeed("sweep", file, "--out", out)
    assert told.stdout.startswith("sweep: complete, 2 of 5 trials: 2 finished; by")
    assert without_times(told.stderr)[0] == "trial 3: goes on"
    assert "trial 2" not in told.stderr
    assert json.loads(result.read_text()) == values


def test_a_budget_of_hours_alone(tmp_path):
    file = write_sweep(tmp_path, epochs=1)
    file.write_text(file.read_text().replace("{trials: 6}", "{hours: 0.0007}"))
    found = succeed("sweep", file, "--out", tmp_path / "out", "--json", "--quiet")
    status = json.loads(found.stdout)
    assert status["complete"]
    assert status["size"] is None
    assert len(status["trials"]) >= 1
    assert status["states"] == {"finished": len(status["trials"])}


def test_others_have_all_that_is_left(tmp_path):
    """A worker waits for them, and trains what they leave."""
    file = write_sweep(tmp_path, trials=1, epochs=100_000)
    out = tmp_path / "out"
    first = start(file, out)
    while not (out / "trial-00000" / "last.safetensors").exists():
        time.sleep(0.01)
    second = start(file, out)
    assert second.stderr.readline() == "nothing is free; waiting for trial 0, which others train\n"
    first.kill()
    first.communicate()
    assert second.stderr.readline() == "trial 0: goes on\n"
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=60)
    assert second.returncode == 128 + signal.SIGINT


def test_a_base_that_changes_meanwhile(tmp_path):
    file = write_sweep(tmp_path, trials=2, epochs=1)
    out = tmp_path / "out"
    succeed("sweep", file, "--out", out, "--quiet")
    shutil.rmtree(out / "trial-00001")
    base = tmp_path / "net.yaml"
    base.write_text(base.read_text().replace("CONV3-4", "CONV3-5"))
    told = refusal("sweep", file, "--out", out, status=2)
    assert told == (
        f"{out}: its sweep began with another {base}: line 3 was 'architecture: INPUT -> CONV3-4 "
        "-> BN -> RELU -> POOL -> FC', and is 'architecture: INPUT -> CONV3-5 -> BN -> RELU -> "
        f"POOL -> FC'; change it back ({out / 'base.yaml'} holds it as it was), or give another "
        "--out\n"
    )


def test_all_diverge(tmp_path):
    file = write_sweep(tmp_path, trials=2, epochs=2)
    file.write_text(file.read_text().replace("{log: [1e-2, 1]}", "[1e30, 1e31]"))
    result = call("sweep", file, "--out", tmp_path / "out")
    assert result.exit_code == 5, result.output
    assert "2 trials: 2 diverged" in result.stdout
    assert result.stderr.endswith("no trial has a result: all have diverged or failed\n")
    assert not (tmp_path / "out" / "best.yaml").exists()


def test_a_trial_whose_run_is_damaged_fails_alone(tmp_path):
    file = write_sweep(tmp_path, trials=2, epochs=2)
    out = tmp_path / "out"
    succeed("sweep", file, "--out", out, "--quiet")
    broken = out / "trial-00000"
    (broken / "trial.json").unlink()
    for name in ("last", "previous", "best"):
        os.truncate(broken / f"{name}.safetensors", 40)
    shown = succeed("sweep", file, "--out", out)
    assert "1 finished, 1 failed" in shown.stdout
    assert f"trial 0: failed: {broken / 'previous.safetensors'}: the file is dam" in shown.stderr
    shutil.rmtree(broken)
    assert "2 finished" in succeed("sweep", file, "--out", out).stdout


def test_threads_are_those_of_the_beginning(tmp_path):
    file = write_sweep(tmp_path, trials=2, epochs=1)
    file.write_text(file.read_text().replace("threads: 1\n", ""))
    out, cores = tmp_path / "out", len(os.sched_getaffinity(0))
    succeed("sweep", file, "--out", out, "--quiet")
    about = json.loads((out / "sweep.json").read_text())
    assert about["threads"] == cores
    (out / "sweep.json").write_text(json.dumps({**about, "threads": cores + 1}))
    shutil.rmtree(trial_folders(out)[0])
    told = succeed("sweep", file, "--out", out).stderr
    cores_text = f"{cores} core{'s' * (cores > 1)}"
    first = f"{cores + 1} threads a trial, as the sweep began, on {cores_text} here"
    assert told.splitlines()[0] == first
    assert json.loads((out / "trial-00000" / "run.json").read_text())["threads"] == cores + 1


@pytest.mark.parametrize("wrong", ["--status", None])
def test_a_folder_without_a_sweep(tmp_path, wrong):
    file = write_sweep(tmp_path)
    out = tmp_path / "out"
    if wrong:
        assert refusal("sweep", file, "--out", out, wrong, status=2) == (
            f"{out}: there is no sweep here yet; start it without --status, or name its folder "
            "with --out\n"
        )
        return
    assert refusal("sweep", file, "--out", tmp_path, status=2).startswith(
        f"{tmp_path}: holds net.yaml, and no sweep; give another --out"
    )


def test_halving_needs_a_number_of_trials(tmp_path):
    file = write_sweep(tmp_path, halving=True)
    file.write_text(file.read_text().replace("{trials: 6}", "{hours: 1}"))
    assert refusal("sweep", file, "--out", tmp_path / "out", status=2) == (
        f"{file}:7:9: pruner: a rung is decided when all its trials are there; add trials to the "
        "budget\n  | pruner: {halving: {factor: 3, epochs: 1}}\n  |         ^\n"
    )
    file.write_text(file.read_text().replace("{hours: 1}", "{hours: 1, trials: 2}"))
    succeed("sweep", file, "--out", tmp_path / "out", "--quiet")


def test_rungs_are_of_trials_that_are_equally_long(tmp_path):
    file = write_sweep(tmp_path, halving=True)
    file.write_text(file.read_text().replace("space:", "space:\n  train.epochs: [2, 3]"))
    told = refusal("sweep", file, "--out", tmp_path / "out", status=2)
    assert (
        "space.train.epochs: rungs are the same for all trials; leave it out of the space, or the "
        "pruner\n"
    ) in told


def test_a_machine_with_too_little_memory_leaves_the_trial_to_others(tmp_path, monkeypatch):
    """One that joins when others have begun."""
    file, out = write_sweep(tmp_path), tmp_path / "out"
    monkeypatch.setattr("cnncli.sweep.work.worker.check_trials", lambda spec: None)
    monkeypatch.setattr("cnncli.check.rules.machine_memory", lambda: 1000)
    told = refusal("sweep", file, "--out", out, status=2)
    assert "this machine has 0.0 GiB of memory" in told
    assert "In trial 0: " in told
    monkeypatch.undo()
    succeed("sweep", file, "--out", out, "--quiet")
