"""One run over MPI: the bits of local shards, and an end of all ranks whatever ends one."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import DATA
from tests.launching.ranks import did_not_start

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.skipif(shutil.which("mpirun") is None, reason="there is no mpirun"),
]

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PYTHONPATH": str(ROOT),
}
CNN = (sys.executable, "-m", "cnncli")
TCP = ("--mca", "btl", "tcp,self")
CONFIG = f"""
data: {{name: digits, root: {DATA}, limit: 420, validation: 64, augment: [{{crop: 1}}]}}
architecture: INPUT-CONV3-8-BN-RELU-POOL-CONV3-8-BN-RELU-DROPOUT(0.2)-FC
train:
  epochs: 2
  batch_size: 63
  optimizer: {{name: sgd, lr: 0.1, momentum: 0.9}}
"""
MORE = """
  average: {name: ema, decay: 0.9}
  accumulate: 2
  mixup: 0.2
  clip_norm: 1
  class_weights: balanced
  log_every: 2
"""
FAULTY = """
import os, sys
from importlib import import_module
rank, place, moment, what = os.environ["FAULT"].split(",", 3)
if os.environ["OMPI_COMM_WORLD_RANK"] == rank:
    module, owner, name = place.split(":")
    owner = getattr(import_module(module), owner)
    former, calls = getattr(owner, name), 0
    def failing(*arguments, **named):
        global calls
        calls += 1
        if calls == int(moment):
            if what.isdecimal():
                os.kill(os.getpid(), int(what))
            else:
                raise eval(what)
        return former(*arguments, **named)
    setattr(owner, name, failing)
from cnncli.__main__ import main
main()
"""
"""The program, of which one rank is sent a signal, or raises something, at some call."""
BATCH = "cnncli.data.batches:Batches:batch"
WORK = "cnncli.engine.engine:Engine:_work"


@pytest.fixture
def net(tmp_path, monkeypatch):
    """A function that writes a configuration with more settings; the runs are beside it."""
    monkeypatch.chdir(tmp_path)

    def write(more=""):
        (tmp_path / "net.yaml").write_text(CONFIG + more)
        return "net.yaml"

    return write


def on_ranks(ranks, *command, program=CNN, options=(), environment=None):
    """mpirun's result, after 150 seconds at most; once more where it did not start."""
    for _ in range(3):
        found = subprocess.run(
            ["mpirun", "-n", str(ranks), "--oversubscribe", *options, *program, *map(str, command)],
            capture_output=True, text=True, timeout=150, env=ENVIRONMENT | (environment or {}),
        )  # fmt: skip
        if not did_not_start(found.stdout + found.stderr):
            break
    return found


def alone(*command):
    """The result of a command of one process."""
    return subprocess.run(
        [*CNN, *map(str, command)], capture_output=True, text=True, timeout=150, env=ENVIRONMENT
    )


def ok(result):
    assert result.returncode == 0, result.stderr
    return result


def digests(run):
    arrays = Checkpoint.load(Path(run) / "last.safetensors").arrays
    return {
        name: hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
        for name, array in arrays.items()
    }


def metrics(run):
    lines = map(json.loads, (Path(run) / "metrics.jsonl").read_text().splitlines())
    clock = ("seconds", "images_per_second")
    return [{k: v for k, v in line.items() if k not in clock} for line in lines]


def no_process_is_left(folder):
    """Of those that were started in that folder, within 10 seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        left = [
            pid for pid in os.listdir("/proc") if pid.isdecimal() and _is_in(f"/proc/{pid}", folder)
        ]
        if not left:
            return True
        time.sleep(0.1)
    return False


def _is_in(process, folder):
    try:
        is_ours = os.readlink(f"{process}/cwd") == str(folder)
        return is_ours and int(process.rpartition("/")[2]) != os.getpid()
    except OSError:
        return False


@pytest.mark.parametrize("options", [(), TCP], ids=["shared memory", "TCP"])
@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("more", ["", MORE], ids=["plain", "everything"])
def test_the_bits_of_local_shards(net, ranks, more, options):
    """The last batch of an epoch has 42 images, and both parts of a batch odd numbers."""
    train = ("train", net(more), "--no-progress")
    ok(alone(*train, "--threads", ranks, "--out", "local"))
    said = ok(on_ranks(ranks, *train, "--threads", 1, "--out", "ranks", options=options))
    assert f"{ranks} ranks of 1 thread, in ranks" in said.stderr
    assert said.stderr.count("epoch 1/2: ") == 1
    assert digests("ranks") == digests("local")
    assert metrics("ranks") == metrics("local")
    about = json.loads(Path("ranks/run.json").read_text())
    assert (about["ranks"], about["threads"], about["hosts"]) == (ranks, 1, 1)


def test_a_batch_of_fewer_images_than_ranks(net):
    train = ("train", net(), "--no-progress", "--epochs", 1, "--set", "data.limit=13")
    train += ("--set", "train.batch_size=3", "--set", "data.validation=0")
    ok(alone(*train, "--threads", 4, "--out", "local"))
    ok(on_ranks(4, *train, "--threads", 1, "--out", "ranks"))
    assert digests("ranks") == digests("local")


def test_resume(net):
    """By the same ranks and by as many threads to the bit; by others with a warning."""
    train = ("train", net(MORE), "--no-progress")
    ok(alone(*train, "--threads", 2, "--out", "local"))
    for out, resumed in (("ranks", on_ranks), ("threads", None)):
        ok(on_ranks(2, *train, "--threads", 1, "--max-steps", 3, "--out", out))
        again = (*train, "--out", out, "--resume")
        if resumed:
            found = ok(on_ranks(2, *again, "--threads", 1))
        else:
            found = ok(alone(*again, "--threads", 2))
        assert "other" not in found.stderr
        assert digests(out) == digests("local")
    ok(on_ranks(2, *train, "--threads", 1, "--max-steps", 3, "--out", "fewer"))
    found = ok(alone(*train, "--threads", 1, "--out", "fewer", "--resume"))
    assert (
        "warning: 2 ranks of 1 thread computed this run so far, and 1 thread from here on: its "
        "bits are others than without the change"
    ) in found.stderr


def test_eval(net):
    ok(alone("train", net(), "--no-progress", "--threads", 4, "--out", "run"))
    told = {}
    for name, run, threads in (("local", lambda *c: alone(*c), 4),
                               ("ranks", lambda *c: on_ranks(4, *c), 1)):  # fmt: skip
        command = ("eval", "run", "--json", "--threads", threads, "--predictions", f"{name}.csv")
        told[name] = json.loads(ok(run(*command)).stdout)
    assert told["ranks"] == told["local"]
    one, other = (Path(f"{name}.csv").read_text() for name in told)
    assert one == other


def test_threads_of_ranks(net):
    """Two of two: all ranks hold the same, and go on to the same bits."""
    train = ("train", net(), "--no-progress", "--threads", 2)
    ok(on_ranks(2, *train, "--out", "whole"))
    ok(on_ranks(2, *train, "--out", "cut", "--max-steps", 4))
    ok(on_ranks(2, *train, "--out", "cut", "--resume"))
    assert digests("cut") == digests("whole")


@pytest.mark.parametrize(
    "options", [("--smoke",), ("--preview",), ("--report", "--out", "run")], ids=lambda o: o[0]
)
def test_other_ways_to_train(net, options):
    ok(on_ranks(2, "train", net(), "--no-progress", "--threads", 1, *options))
    if "--report" in options:
        assert Path("run/report.html").exists()


def test_rollbacks(net):
    train = ("train", net(), "--no-progress", "--set", "train.optimizer.lr=1e30")
    train += ("--set", "train.on_divergence.name=rollback")
    local = alone(*train, "--threads", 2, "--out", "local")
    ranks = on_ranks(2, *train, "--threads", 1, "--out", "ranks")
    assert (local.returncode, ranks.returncode) == (5, 5)
    assert ranks.stderr.count("going back to step 0, rollback 3 of 3") == 1
    assert ranks.stderr.count("training diverged") == local.stderr.count("training diverged")


@pytest.mark.parametrize(
    ("rank", "number"),
    [
        *((0, signal.SIGTERM), (1, signal.SIGINT), (1, signal.SIGHUP)),
        pytest.param(1, signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(0, signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(0, signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_a_signal_to_one_rank(net, tmp_path, rank, number):
    train = ("train", net(MORE), "--no-progress", "--threads", 1)
    moment = random.randint(2, 9)
    fault = {"FAULT": f"{rank},{BATCH},{moment},{int(number)}"}
    found = on_ranks(
        2, *train, "--out", "run", program=(sys.executable, "-c", FAULTY), environment=fault
    )
    assert found.returncode == 128 + number, found.stderr
    assert "interrupted" in found.stderr
    assert no_process_is_left(tmp_path)
    if Path("run/last.safetensors").exists():
        ok(on_ranks(2, *train, "--out", "run", "--resume"))
        ok(alone("train", "net.yaml", "--no-progress", "--threads", 2, "--out", "local"))
        assert digests("run") == digests("local")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_first_step(net, tmp_path, number):
    """Open MPI handles SIGHUP by itself, until it is taken from it."""
    fault = {"FAULT": f"0,cnncli.training.session:Session:open,1,{int(number)}"}
    found = on_ranks(
        2, "train", net(), "--no-progress", "--threads", 1, "--out", "run",
        program=(sys.executable, "-c", FAULTY), environment=fault,
    )  # fmt: skip
    assert found.returncode == 128 + number, found.stderr
    assert "interrupted" in found.stderr
    assert no_process_is_left(tmp_path)


FAULTS = [
    ("MemoryError()", 2, "not enough memory."),
    ("ValueError('a bug')", 70, "internal error: ValueError: a bug; this is a bug in cnn"),
    ("KeyboardInterrupt()", 130, "interrupted"),
    ("OSError(28, 'No space left on device', 'x')", 6, "x: could not be written: No space"),
]
PLACES = [BATCH, WORK, "cnncli.training.session:Session:open"]


@pytest.mark.parametrize(
    ("place", "what", "status", "cause"),
    [
        pytest.param(place, *fault, marks=() if (row - column) % 3 == 0 else pytest.mark.slow)
        for row, place in enumerate(PLACES)
        for column, fault in enumerate(FAULTS)
    ],
    ids=lambda value: str(value)[-12:],
)
def test_one_rank_fails(net, tmp_path, place, what, status, cause):
    rank = random.randrange(3)
    moment = 1 if place.endswith("open") else random.randint(1, 9)
    found = on_ranks(
        3, "train", net(), "--no-progress", "--threads", 1, "--out", "run",
        program=(sys.executable, "-c", FAULTY),
        environment={"FAULT": f"{rank},{place},{moment},{what}"},
    )  # fmt: skip
    assert found.returncode == status, found.stderr
    assert f"rank {rank} of 3 on {os.uname().nodename}: {cause}" in found.stderr
    assert "Traceback" not in found.stderr
    assert no_process_is_left(tmp_path)
    for path in Path("run").glob("*.safetensors"):
        Checkpoint.load(path)


@pytest.mark.parametrize("rank", [0, 2])
def test_one_rank_is_killed(net, tmp_path, rank):
    fault = {"FAULT": f"{rank},{BATCH},{random.randint(1, 20)},{int(signal.SIGKILL)}"}
    found = on_ranks(
        3, "train", net(), "--no-progress", "--threads", 1, "--out", "run",
        program=(sys.executable, "-c", FAULTY), environment=fault,
    )  # fmt: skip
    assert found.returncode == 137
    assert f"rank {rank}" in found.stderr
    assert no_process_is_left(tmp_path)
    for path in Path("run").glob("*.safetensors"):
        Checkpoint.load(path)


def test_what_the_first_cannot_write(net):
    """Its error is told once, by the first, as of a run of one process."""
    write = "cnncli.training.storage.directory:RunDirectory:save"
    found = on_ranks(
        2, "train", net(), "--no-progress", "--threads", 1, "--out", "run",
        program=(sys.executable, "-c", FAULTY),
        environment={"FAULT": f"0,{write},1,OSError(28, 'No space left on device', 'x')"},
    )  # fmt: skip
    assert found.returncode == 6
    assert found.stderr.count("x: could not be written: No space left on device") == 1
    assert "rank 0" not in found.stderr.partition("-----")[0]


SLOW = """
import time
from cnncli.page.under_way import UnderWay
former = UnderWay.finish
UnderWay.finish = lambda self: (time.sleep(3), former(self))
from cnncli.__main__ import main
main()
"""


def test_the_first_writes_its_last_page_while_the_others_wait(net):
    found = on_ranks(
        2, "train", net(), "--report", "--threads", 1, "--out", "run",
        "--set", "train.optimizer.lr=1e30", program=(sys.executable, "-c", SLOW),
    )  # fmt: skip
    assert found.returncode == 5
    assert "rank 1 of 2" not in found.stderr
    assert found.stderr.count("training diverged in step") == 1
    assert Path("run/report.html").exists()


def test_different_commands(net):
    train = (*CNN, "train", net(), "--seed")
    found = subprocess.run(
        ["mpirun", "--oversubscribe", "-n", "1", *train, "1", ":", "-n", "1", *train, "2"],
        capture_output=True, text=True, timeout=150, env=ENVIRONMENT,
    )  # fmt: skip
    assert found.returncode == 2
    assert found.stderr.count("the commands differ between the ranks:\n") == 1
    assert "--seed 2: rank 1 on " in found.stderr


def test_an_mpi_that_the_launcher_is_not_of(net):
    """As with srun where it is not told of MPI: each process is rank 0 of 1."""
    started = {"SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"}
    found = subprocess.run(
        [*CNN, "train", net()], capture_output=True, text=True, env=ENVIRONMENT | started
    )
    assert found.returncode == 2
    assert found.stderr.startswith(
        "srun has started 2 processes, and each finds itself alone: it is not of the MPI that "
        "mpi4py works with.\nTake the mpirun of that MPI, or `srun --mpi=pmix`"
    )
    assert not Path("runs").exists()
