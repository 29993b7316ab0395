"""What a trained network is worth as a start: cats and dogs after eight other classes of CIFAR-10.

`python -m benchmarks.fine_tuning DATA FOLDER` reads CIFAR-10 (unpacked `.bin` files) in DATA, keeps
its subsets and runs in FOLDER, where a second call takes up what the first has done, and appends a
line for each run to benchmarks/fine_tuning.jsonl. With `--choose` the learning rates are compared
instead, on images held out of the training set, for another seed; nothing is appended.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from .machine import processor
from .turns import table

HERE = Path(__file__).with_suffix("")
LINES = Path(__file__).with_suffix(".jsonl")
CAT, DOG = 3, 5
TWO = (CAT, DOG)
EIGHT = tuple(k for k in range(10) if k not in TWO)
SIZES = (50, 200, 1000)
"""Images of both classes together, half of each."""
SEEDS = (0, 1, 2)
"""Of the run, and of the draw of its images."""
STEPS = 100
BATCH = 50
OTHER_SEED = 9
RATES = (0.003, 0.01, 0.03, 0.1)
HELD = 1000
"""The last training images of each of the two classes: rates are chosen by them."""
WAYS = {
    "from nothing": ("train.start=null",),
    "whole network": (),
    "fc1 alone": ("train.groups=[{lr: 0}, {layers: fc1}]",),
}
"""How the two classes are learned."""

Images = tuple[NDArray[np.uint8], NDArray[np.int64]]


def read(folder: Path, names: list[str]) -> Images:
    """Images (N, 32, 32, 3) and labels of CIFAR-10's records: a label, then three planes."""
    records = np.concatenate([np.fromfile(folder / name, np.uint8) for name in names])
    rows = records.reshape(-1, 3073)
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), rows[:, 0].astype(np.int64)


def part(images: Images, classes: tuple[int, ...], places: list[NDArray[np.int64]]) -> Images:
    """Of each class the images at its places among those of the class; labels count from 0."""
    pixels, labels = images
    chosen = np.sort(
        np.concatenate(
            [np.flatnonzero(labels == k)[p] for k, p in zip(classes, places, strict=True)]
        )
    )
    return pixels[chosen], np.searchsorted(classes, labels[chosen])


def write(path: Path, train: Images, test: Images) -> Path:
    """An archive of both parts, unless it is there."""
    if not path.exists():
        np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
    return path


def all_of(classes: tuple[int, ...], count: int) -> list[NDArray[np.int64]]:
    """The places of so many images of each class."""
    return [np.arange(count) for _ in classes]


class Subsets:
    """Archives of some classes of CIFAR-10, made when they are asked for."""

    def __init__(self, data: Path, folder: Path) -> None:
        self._folder = folder
        self._train = read(data, [f"data_batch_{number}.bin" for number in range(1, 6)])
        self._test = read(data, ["test_batch.bin"])

    def eight(self) -> Path:
        train = part(self._train, EIGHT, all_of(EIGHT, 5000))
        return write(
            self._folder / "eight.npz", train, part(self._test, EIGHT, all_of(EIGHT, 1000))
        )

    def two(self, size: int, seed: int, *, held: bool) -> Path:
        """Drawn by the seed; to be judged on the test images, or on those held out."""
        random = np.random.default_rng(seed)
        places = [random.permutation(5000 - HELD)[: size // 2] for _ in TWO]
        last = [np.arange(5000 - HELD, 5000) for _ in TWO]
        test = part(self._train, TWO, last) if held else part(self._test, TWO, all_of(TWO, 1000))
        name = f"two-{size}-{seed}{'-held' if held else ''}.npz"
        return write(self._folder / name, part(self._train, TWO, places), test)


def train(config: str, run: Path, *settings: str) -> float:
    """The test accuracy of a run, taken up where it was left; where it fails, so do we."""
    options = [part for setting in settings for part in ("--set", setting)]
    file = str(HERE / f"{config}.yaml")
    command = [sys.executable, "-m", "cnncli", "train", file, "--out", str(run)]
    subprocess.run([*command, "--resume", "--quiet", *options], check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return float(lines[-1]["test_accuracy"])


def tune(folder: Path, data: Path, name: str, size: int, seed: int, *settings: str) -> float:
    """The accuracy after so many steps, from the start or from nothing."""
    own = (
        f"data.root={data}", f"train.epochs={STEPS * BATCH // size}", f"train.seed={seed}",
        "train.threads=1",
        f"train.start={folder / 'runs' / 'eight-1'}",
    )  # fmt: skip
    return train("two", folder / "runs" / name, *own, *settings)


def choose(subsets: Subsets, folder: Path, jobs: int) -> Iterator[str]:
    """The accuracies on held-out images, way by way and rate by rate."""
    data = {size: subsets.two(size, OTHER_SEED, held=True) for size in SIZES}

    def judged(case: tuple[str, float]) -> str:
        way, rate = case
        found = []
        for size, path in data.items():
            name = f"{way.replace(' ', '-')}-{size}-held-{rate}"
            rates = (*WAYS[way], f"train.optimizer.lr={rate}")
            found.append(tune(folder, path, name, size, OTHER_SEED, *rates))
        each = " ".join(f"{accuracy:.4f}" for accuracy in found)
        return f"{way} {rate}: {each}, mean {fmean(found):.4f}"

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(judged, product(WAYS, RATES))


def measure(subsets: Subsets, folder: Path, eight: float, jobs: int) -> None:
    """Every way, seed and size: a line each."""
    data = {
        (seed, size): subsets.two(size, seed, held=False) for seed, size in product(SEEDS, SIZES)
    }

    def judged(case: tuple[str, int, int]) -> dict[str, object]:
        way, seed, size = case
        name = f"{way.replace(' ', '-')}-{size}-{seed}"
        accuracy = tune(folder, data[seed, size], name, size, seed, *WAYS[way])
        return {
            "way": way, "images": size, "seed": seed, "steps": STEPS, "accuracy": accuracy,
            "eight": eight, "processor": processor(),
        }  # fmt: skip

    with ThreadPoolExecutor(jobs) as pool, LINES.open("a") as stream:
        for line in pool.map(judged, product(WAYS, SEEDS, SIZES)):
            stream.write(json.dumps(line) + "\n")
            stream.flush()


def lines() -> Iterator[str]:
    """The table: means over the seeds with their standard errors, way by way; newest runs."""
    runs = [json.loads(line) for line in LINES.read_text().splitlines()]
    newest = {(run["way"], run["images"], run["seed"]): run["accuracy"] for run in runs}
    rows = []
    for size in SIZES:
        row = [f"{size:,}"]
        for way in WAYS:
            percent = [100 * newest[way, size, seed] for seed in SEEDS]
            row.append(f"{fmean(percent):.1f} ± {stdev(percent) / len(percent) ** 0.5:.1f}")
        rows.append(row)
    yield from table(["images of cats and dogs", *(f"{way}, %" for way in WAYS)], rows)


def main() -> None:
    """Reads the options, trains, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fine_tuning", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, of a thread each")
    given = parser.parse_args()
    folder = given.folder.absolute()
    subsets = Subsets(given.data, folder)
    eight = train("eight", folder / "runs" / "eight-1", f"data.root={subsets.eight()}")
    if given.choose:
        for line in choose(subsets, folder, given.jobs):
            print(line, flush=True)
    else:
        measure(subsets, folder, eight, given.jobs)
        print("\n".join(lines()))


if __name__ == "__main__":
    main()
