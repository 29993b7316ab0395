"""What `cnn init` reaches, beside the network of configs/small.yaml in the same time.

`python -m benchmarks.starter FOLDER --cifar CIFAR [--sets NAME...] [--seeds N...]` cuts folders of
images from CIFAR-10, which is in CIFAR as .bin files, into FOLDER; lets `cnn init` write a
configuration for each, and one for the digits; trains each untouched, and then small.yaml's network
on the same images, of the same size, for as many epochs as take the same seconds of the processor:
with its own rates (lr 0.02), and with half of them, as some runs of few images never begin to learn
with those. Each run is a line in benchmarks/starter.jsonl, from which `make pages` makes the table.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.datasets.dataset import Split

CUTS = {
    "10 classes of 500": (range(10), 500, 200, None),
    "2 classes of 50": ((3, 5), 50, 1_000, None),
    "10 classes of 500, 96x64": (range(10), 500, 200, (96, 64)),
}
"""Classes of CIFAR-10, images of each to train and to test on, and the size they are scaled to."""
DIGITS = "digits"
SMALL = "INPUT -> [CONV5 -> RELU -> POOL]*3 -> FC"
RATES = {"small.yaml": 0.02, "small.yaml, lr 0.01": 0.01}
OURS = "cnn init"


def cut(folder: Path, cifar: Path, name: str) -> None:
    """Writes one of the cuts as folders of PNG files; the first images of each class are taken."""
    classes, *counts, size = CUTS[name]
    dataset = load(DataSpec(name="cifar10", root=cifar), download=False, notify=print)
    parts: dict[str, Split] = {"train": dataset.train, "test": dataset.test}
    for (part, split), number in zip(parts.items(), counts, strict=True):
        images = np.asarray(split.images)
        for k in classes:
            own = folder / part / dataset.classes[k]
            own.mkdir(parents=True)
            for i in np.flatnonzero(split.labels == k)[:number]:
                image = Image.fromarray(images[i])
                (image.resize(size, Image.Resampling.BICUBIC) if size else image).save(
                    own / f"{i:05d}.png"
                )


def cnn(folder: Path, *arguments: object) -> tuple[str, float]:
    """What a command prints, and the seconds of the processor that it takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "cnncli", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train(folder: Path, config: str, *options: object) -> tuple[float, float]:
    """The test accuracy and the seconds of a run."""
    out = folder / f"run-{os.getpid()}"
    options = ("--threads", 1, "--quiet", "--out", out, *options)
    _, seconds = cnn(folder, "train", config, *options)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    for file in out.iterdir():
        file.unlink()
    out.rmdir()
    return next(line["test_accuracy"] for line in lines if line["kind"] == "test"), seconds


def compare(folder: Path, name: str, seeds: Sequence[int]) -> Iterator[dict[str, object]]:
    """All runs on one set, in turns."""
    said, _ = cnn(
        folder, "init", "ours", "--force", "--data", DIGITS if name == DIGITS else "images"
    )
    chosen = yaml.safe_load((folder / "ours.yaml").read_text())
    data = {key: value for key, value in chosen["data"].items() if key in ("name", "root", "size")}
    small = {"data": data, "architecture": SMALL, "defaults": {"conv": {"K": [32, 32, 64]}}}
    (folder / "small.yaml").write_text(yaml.safe_dump(small))
    _, one = train(folder, "small.yaml", "--epochs", 1)
    _, four = train(folder, "small.yaml", "--epochs", 4)
    for seed in seeds:
        accuracy, seconds = train(folder, "ours.yaml", "--seed", seed)
        line = {"set": name, "seed": seed}
        yield line | {
            "what": OURS, "accuracy": accuracy, "seconds": seconds,
            "epochs": chosen["train"]["epochs"], "chose": said.strip(),
        }  # fmt: skip
        epochs = max(1, round(1 + (seconds - one) / ((four - one) / 3)))
        for what, rate in RATES.items():
            options = ("--seed", seed, "--epochs", epochs, "--set", f"train.optimizer.lr={rate}")
            accuracy, seconds = train(folder, "small.yaml", *options)
            yield line | {
                "what": what, "accuracy": accuracy, "seconds": seconds, "epochs": epochs,
            }  # fmt: skip


def main() -> None:
    """Reads the options and compares."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starter", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cifar", type=Path)
    parser.add_argument("--sets", nargs="*", default=[*CUTS, DIGITS])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--lines", type=Path, default=Path(__file__).with_suffix(".jsonl"))
    given = parser.parse_args()
    for name in given.sets:
        folder = given.folder.absolute() / name.replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        if name in CUTS and not (folder / "images").exists():
            cut(folder / "images", given.cifar, name)
        for line in compare(folder, name, given.seeds):
            with given.lines.open("a") as file:
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
