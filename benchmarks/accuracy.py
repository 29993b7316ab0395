"""Trained networks with direct and with fast kernels: the same accuracy but for the seed.

`python -m benchmarks.accuracy` needs no PyTorch.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

from .networks import CONFIGS
from .options import Options, print_alone
from .turns import table

SEEDS = range(1, 7)
KERNELS = ("direct", "winograd")
CONFIG = CONFIGS / "digits.yaml"


def accuracy(options: Options) -> Iterator[str]:
    """Test accuracy on the digits, seed by seed."""
    yield "## Accuracy"
    yield ""
    yield (
        f"`configs/{CONFIG.name}` (1,797 real digits) trained and tested as it stands, with direct "
        "convolutions and with Winograd's wherever there are such. Percent of the test set."
    )
    yield ""
    heads = ["kernels", *(f"seed {seed}" for seed in SEEDS), "mean", "standard deviation"]
    rows = []
    for kernels in KERNELS:
        found = [100 * _trained(kernels, seed, options.threads) for seed in SEEDS]
        numbers = [*found, fmean(found), stdev(found)]
        rows.append([kernels, *(f"{number:.2f}" for number in numbers)])
    yield from table(heads, rows)


def _trained(kernels: str, seed: int, threads: int) -> float:
    """The accuracy on the test set of a run of its own."""
    with TemporaryDirectory() as directory:
        out = Path(directory) / "run"
        settings = ("--kernels", kernels, "--seed", str(seed), "--threads", str(threads))
        command = (sys.executable, "-m", "cnncli", "train", str(CONFIG), *settings, "--quiet")
        subprocess.run([*command, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        *_, last = (out / "metrics.jsonl").read_text().splitlines()
    accuracy: float = json.loads(last)["test_accuracy"]
    return accuracy


if __name__ == "__main__":
    print_alone(accuracy, __doc__)
