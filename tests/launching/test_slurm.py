"""Under SLURM: ranks of srun, signals of scancel and of a time limit, requeued jobs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.launching.slurm import Slurm, missing
from tests.training.recorded import saved, wait_for_another

DIGITS = Path(__file__).parents[2] / "data"
CONFIG = f"""
data: {{name: digits, root: {DIGITS}, limit: 96, validation: 64}}
architecture: INPUT-CONV3-4-RELU-POOL-FC
train: {{epochs: EPOCHS, batch_size: 32, optimizer: {{name: adam, lr: 0.01}}}}
"""
CNN = f"{sys.executable} -m cnncli"
PATIENCE = 180

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(os.getuid() != 0, reason="SLURM's daemons are started by root"),
    pytest.mark.skipif(bool(missing()), reason=f"not here: {', '.join(missing())}"),
]


@pytest.fixture(scope="module")
def slurm():
    with Slurm() as started:
        yield started


def configuration(folder, epochs):
    file = folder / "net.yaml"
    file.write_text(CONFIG.replace("EPOCHS", str(epochs)))
    return file


def step(slurm, *arguments):
    """`cnn` on two tasks, which run beside this test."""
    return subprocess.Popen(
        ["srun", "--overcommit", "--ntasks=2", "--mpi=pmix", sys.executable, "-m", "cnncli",
         *map(str, arguments)],
        env=slurm.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def done(process):
    printed, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, printed


def jobs(slurm):
    return slurm.run("squeue", "--noheader", "--format=%i").split()


def wait_until(holds):
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_tasks_are_ranks(slurm, tmp_path):
    """With the bits of two threads of one process."""
    config = configuration(tmp_path, 3)
    alone = [sys.executable, "-m", "cnncli", "train", config, "--out", tmp_path / "alone"]
    subprocess.run([*alone, "--threads", "2"], check=True, stdout=subprocess.DEVNULL)
    status, printed = done(
        step(slurm, "train", config, "--out", tmp_path / "ranks", "--threads", 1)
    )
    assert status == 0, printed
    assert "2 ranks of 1 thread" in printed
    assert saved(tmp_path / "ranks") == saved(tmp_path / "alone")


def test_scancel_can_save_the_step(slurm, tmp_path):
    out, config = tmp_path / "run", configuration(tmp_path, 100000)
    process = step(slurm, "train", config, "--out", out, "--threads", 1)
    wait_for_another(out / "last.safetensors", None)
    slurm.run("scancel", "--signal=TERM", *jobs(slurm))
    status, printed = done(process)
    assert status == 143, printed
    step_ = Checkpoint.load(out / "last.safetensors").progress.step
    assert f"interrupted after step {step_}, saved in {out}/last.safetensors" in printed
    more = ["--max-steps", step_ + 10]
    again = done(step(slurm, "train", config, "--out", out, "--threads", 1, "--resume", *more))
    assert "resuming" in again[1]
    assert Checkpoint.load(out / "last.safetensors").progress.step == step_ + 10


@pytest.mark.slow
def test_a_job_that_is_signalled_before_its_time_is_over_goes_on(slurm, tmp_path):
    """As docs/scaling.md shows it: it is put into the queue again, and resumes."""
    out, config = tmp_path / "run", configuration(tmp_path, 100000)
    script = tmp_path / "job.sh"
    script.write_text(
        "#!/bin/sh\n"
        "#SBATCH --ntasks=2 --overcommit --time=2 --signal=TERM@60 --requeue\n"
        f"#SBATCH --open-mode=append --output={tmp_path}/log\n"
        f"[ -e {out}/last.safetensors ] && resume=--resume\n"
        f"srun --overcommit --mpi=pmix {CNN} train {config} --out {out} --threads 1 $resume\n"
        'status=$?; echo "status $status"\n'
        '[ $status = 143 ] && scontrol requeue "$SLURM_JOB_ID"\n'
    )
    job = slurm.run("sbatch", "--parsable", str(script)).strip()
    wait_until(lambda: "status 143" in _text(tmp_path / "log"))
    first = Checkpoint.load(out / "last.safetensors").progress.step
    wait_until(lambda: Checkpoint.load(out / "last.safetensors").progress.step > first)
    assert f"resuming {out} after step {first:,}" in _text(tmp_path / "log")
    slurm.run("scancel", job)
    wait_until(lambda: not jobs(slurm))


def _text(file):
    return file.read_text() if file.exists() else ""


@pytest.mark.slow
def test_an_array_of_jobs_trains_a_sweep(slurm, tmp_path):
    """One of its jobs is ended by a signal, one is put into the queue again: as one process."""
    configuration(tmp_path, 60)
    file = tmp_path / "sweep.yaml"
    file.write_text(
        "base: net.yaml\nspace: {train.optimizer.lr: [0.003, 0.01, 0.03, 0.1]}\n"
        "sampler: grid\nthreads: 1\n"
    )
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    command = [sys.executable, "-m", "cnncli", "sweep", file, "--quiet", "--out"]
    subprocess.run([*command, alone], check=True, stdout=subprocess.DEVNULL)
    script = tmp_path / "array.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"#SBATCH --array=0-2 --overcommit --requeue --output={tmp_path}/log-%a\n"
        f"srun --overcommit --mpi=none {CNN} sweep {file} --quiet --out {shared}\n"
    )
    job = slurm.run("sbatch", "--parsable", str(script)).strip()
    wait_for_another(shared / "trial-00000" / "last.safetensors", None)
    slurm.run("scancel", "--signal=TERM", f"{job}_1")
    slurm.run("scontrol", "requeue", f"{job}_0")
    wait_until(lambda: not jobs(slurm))
    trials = sorted(path.name for path in alone.glob("trial-*"))
    assert sorted(path.name for path in shared.glob("trial-*")) == trials
    for trial in trials:
        assert saved(shared / trial) == saved(alone / trial)
