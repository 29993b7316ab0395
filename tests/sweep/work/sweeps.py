"""Sweeps of a few seconds, and what has come of them."""

import json
import subprocess
import sys
from pathlib import Path

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import succeed
from tests.training.recorded import metrics

DATA = Path(__file__).parents[3] / "data"
NET = f"""
data: {{name: digits, root: {DATA}, limit: 64, validation: 48}}
architecture: INPUT -> CONV3-4 -> BN -> RELU -> POOL -> FC
train: {{epochs: EPOCHS, batch_size: 32, optimizer: {{lr: 0.05}}}}
"""
SPACES = {
    "grid": """
  train.optimizer.lr: {log: [1e-2, 1], points: 3}
  train.batch_size: [16, 32]
""",
    "random": """
  train.optimizer.lr: {log: [1e-2, 1]}
  train.batch_size: {integers: [16, 32]}
""",
}
SPACES["quasi"] = SPACES["random"]


def write_sweep(folder, sampler="random", *, halving=False, trials=6, epochs=9, more=""):
    """The sweep's file, with its base beside it."""
    (folder / "net.yaml").write_text(NET.replace("EPOCHS", str(epochs)))
    pruner = "pruner: {halving: {factor: 3, epochs: 1}}\n" if halving else ""
    file = folder / "sweep.yaml"
    file.write_text(
        f"base: net.yaml\nspace:{SPACES[sampler]}sampler: {sampler}\n"
        f"budget: {{trials: {trials}}}\n{pruner}threads: 1\n{more}"
    )
    return file


def start(file, out, *options):
    """A worker in a process of its own."""
    command = [sys.executable, "-m", "cnncli", "sweep", file, "--out", out, *options]
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(worker):
    """What a worker has printed that ends as it should, on standard output and beside it."""
    output, told = worker.communicate(timeout=120)
    assert worker.returncode == 0, told
    return output, told


def trial_folders(folder):
    return sorted(folder.glob("trial-*"))


def outcome(folder):
    """All that must not depend on who has trained what when: results, metrics, arrays, the best."""
    found = {"best": (folder / "best.yaml").read_text()}
    for trial in trial_folders(folder):
        result = json.loads((trial / "trial.json").read_text())
        del result["seconds"]
        arrays = {
            f"{name} {array}": content.tobytes()
            for name in ("last", "best")
            for array, content in Checkpoint.load(trial / f"{name}.safetensors").arrays.items()
        }
        found[trial.name] = result, metrics(trial), arrays
    return found


def shown(file, folder):
    """What the table is made of, without what depends on the clock and the folder."""
    found = json.loads(succeed("sweep", file, "--out", folder, "--status", "--json").stdout)
    for trial in found["trials"]:
        del trial["seconds"]
    return {key: value for key, value in found.items() if key not in ("folder", "began")}


def epochs_done(folder):
    """The epochs in the metrics of each trial."""
    return [
        [line["epoch"] for line in metrics(trial) if line["kind"] == "epoch"]
        for trial in trial_folders(folder)
    ]
