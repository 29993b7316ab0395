"""Whole trainings, with their accuracy, time and learning curve: `make reproduce`.

`python -m benchmarks.reproduce [CONFIG...] [--seeds 0,1] [--data-root DIR]` calls `cnn train` once
for each configuration and seed, and appends a line to benchmarks/runs.jsonl. The tables in the
pages are made of those lines by `make pages`.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cnncli.engine.parallel.blas import core_type

from .machine import ROOT, commit, processor

LINES = Path(__file__).with_name("runs.jsonl")
SEEDS = {"cifar": 3, "cifar_90": 3, "cifar_94": 3, "digits": 5}


def recorded(run: Path, config: str, seconds: float) -> dict[str, object]:
    """What is kept of a run's directory; of each epoch the loss, the accuracy and the seconds."""
    about = json.loads((run / "run.json").read_text())
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in metrics if line["kind"] == "epoch"]
    (test,) = (line for line in metrics if line["kind"] == "test")
    return {
        "config": config,
        "seed": about["seed"],
        "accuracy": test["test_accuracy"],
        "seconds": round(seconds, 1),
        "commit": commit(),
        "started": about["started"],
        "processor": processor(),
        "core_type": core_type(),
        "cores": about["machine"]["cores"],
        "threads": about["threads"],
        "python": about["versions"]["python"],
        "numpy": about["versions"]["numpy"],
        "data": about["data"],
        "epochs": [
            [round(line["train_loss"], 4), round(line["train_accuracy"], 4), line["seconds"]]
            for line in epochs
        ],
    }


def reproduce(config: str, seed: int, root: Path | None) -> dict[str, object]:
    """Trains in a process of its own, as a user would; where that fails, its status is ours."""
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [
            sys.executable, "-m", "cnncli", "train", ROOT / "configs" / f"{config}.yaml",
            "--seed", str(seed), "--out", run, "--no-progress",
            *(("--set", f"data.root={root}") if root and config != "digits" else ()),
            "--set", "data.stand_in=null",
        ]  # fmt: skip
        began = time.perf_counter()
        if status := subprocess.run(command, cwd=ROOT).returncode:
            sys.exit(status)
        return recorded(run, config, time.perf_counter() - began)


def main() -> None:
    """Reads the options, trains, and keeps a line of each run as it ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproduce", description=__doc__)
    parser.add_argument("configs", nargs="*", metavar="CONFIG", default=[*SEEDS])
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")])
    parser.add_argument("--data-root", type=Path, help="where CIFAR-10 is; else data/")
    given = parser.parse_args()
    if unknown := set(given.configs) - set(SEEDS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SEEDS)}")
    for config in given.configs:
        for seed in given.seeds or range(SEEDS[config]):
            result = reproduce(config, seed, given.data_root)
            with LINES.open("a") as stream:
                stream.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
