"""Kills and signals of ranks at random moments: `python -m tests.launching.kills --times 50`.

A run over some ranks is ended at a random moment and resumed, until it is finished; then the next
one begins. After each end no process is left, the launcher's status is one that is documented, and
the checkpoint loads; a finished run has the arrays of one that nothing has disturbed.
"""

import argparse
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from cnncli.training.storage.checkpoint import Checkpoint
from tests.launching.ranks import Launch, did_not_start, library, mpirun

DIGITS = Path(__file__).parents[2] / "data"
EPOCHS = 60
CONFIG = f"""
data: {{name: digits, root: {DIGITS}, limit: 96, validation: 64}}
architecture: INPUT-CONV3-4-BATCHNORM-RELU-POOL-FC
train: {{epochs: {EPOCHS}, batch_size: 32, optimizer: {{name: adam, lr: 0.01}}}}
"""
PATIENCE = 120
"""Seconds for a run that nothing disturbs."""
WAYS = ("SIGKILL of one", "SIGKILL of several", "SIGSTOP, SIGKILL of one", "SIGTERM to one",
        "SIGTERM to all", "SIGINT to one", "SIGINT to all", "SIGTERM to mpirun",
        "SIGKILL of mpirun")  # fmt: skip
KILLED = {"Open MPI": {137}, "MPICH": {9, 137}}
"""What mpirun ends with when a rank is killed."""


class End(NamedTuple):
    """What came of one disturbance."""

    way: str
    status: int
    seconds: float
    printed: str


def disturb(draw: random.Random, launch: Launch, way: str) -> None:
    """Does it to the ranks that are there."""
    ranks = launch.ranks()
    one = [draw.choice(sorted(ranks.values()))] if ranks else []
    many = draw.sample(sorted(ranks.values()), draw.randint(1, len(ranks))) if ranks else []
    what, _, whom = way.partition(" ")
    victims = {
        "of one": one, "of several": many, "to one": one, "to all": sorted(ranks.values()),
        "SIGKILL of one": one, "to mpirun": [launch.launcher.pid],
        "of mpirun": [launch.launcher.pid],
    }[whom]  # fmt: skip
    for number in [getattr(signal, name) for name in what.split(",") if name]:
        _send(number, victims)
    if "SIGSTOP" in way:
        time.sleep(draw.uniform(0, 1))
        _send(signal.SIGKILL, victims)


def _send(number: int, victims: list[int]) -> None:
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def allowed(way: str) -> set[int]:
    """The statuses that are documented; 0 where the run was finished by then."""
    if way == "SIGKILL of mpirun":
        return {0, 137}
    if "SIGKILL" in way:
        return {0, *KILLED[library()]}
    if way == "SIGTERM to mpirun" and library() == "Open MPI":
        return {0, 1, 143}
    before_they_join = {2, 11, 15} if library() == "MPICH" else set()
    return {0, 130 if "SIGINT" in way else 143} | before_they_join


class Series:
    """Runs in a folder, disturbed as often as asked for."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._draw = random.Random(seed)
        self.config = folder / "kills.yaml"
        self.config.write_text(CONFIG)
        self.finished = 0

    @cache  # noqa: B019 - a series is short
    def undisturbed(self, ranks: int) -> tuple[dict[str, np.ndarray], float]:
        """The arrays of a run on so many ranks, and the seconds that it takes."""
        out, began = self._folder / f"whole-{ranks}", time.perf_counter()
        self._complete(ranks, out)
        return Checkpoint.load(out / "last.safetensors").arrays, time.perf_counter() - began

    def run(self, times: int, tell: Callable[[str], object] = print) -> list[End]:
        """Disturbs so often, each way in turn, and lets the last run come to its end."""
        ends: list[End] = []
        ranks, out = self._draw.choice((2, 3, 4)), self._folder / "run"
        while len(ends) < times:
            arrays, seconds = self.undisturbed(ranks)
            way = WAYS[len(ends) % len(WAYS)]
            with self._start(ranks, out) as launch:
                time.sleep(self._draw.uniform(0.3, 0.8 * seconds))
                disturb(self._draw, launch, way)
                began = time.perf_counter()
                status, printed = launch.end(PATIENCE)
                launch.wait_until_gone()
                if did_not_start(printed):
                    continue
                ends.append(End(way, status, time.perf_counter() - began, printed))
            tell(f"{len(ends)}: {ranks} ranks, {way}: status {status}, {ends[-1].seconds:.1f} s")
            assert status in allowed(way), (way, status, printed)
            if self._is_finished(out) or len(ends) == times:
                self._check(ranks, out, arrays)
                ranks = self._draw.choice((2, 3, 4))
        return ends

    def _complete(self, ranks: int, out: Path) -> None:
        """Trains to the end, undisturbed."""
        printed = ""
        for _ in range(3):
            with self._start(ranks, out) as launch:
                status, printed = launch.end(PATIENCE)
            if not did_not_start(printed):
                assert status == 0, printed
                return
        raise AssertionError(printed)

    def _start(self, ranks: int, out: Path) -> Launch:
        """Begins a run, or goes on with what is there of it."""
        there = (out / "last.safetensors").exists()
        if there:
            Checkpoint.load(out / "last.safetensors")
        elif out.exists():
            shutil.rmtree(out)
        options = ["--resume"] if there else []
        return Launch(
            mpirun(ranks), "train", self.config, "--out", out, "--threads", 1, *options
        )  # fmt: skip

    def _is_finished(self, out: Path) -> bool:
        last = out / "last.safetensors"
        return last.exists() and Checkpoint.load(last).progress.finished

    def _check(self, ranks: int, out: Path, arrays: dict[str, np.ndarray]) -> None:
        """To its end, where it equals one that was not disturbed."""
        if not self._is_finished(out):
            self._complete(ranks, out)
        found = Checkpoint.load(out / "last.safetensors").arrays
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].tobytes() == array.tobytes(), name
        shutil.rmtree(out)
        self.finished += 1


def main() -> None:
    """Tells how every disturbance ended, and sums up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        series = Series(Path(folder), options.seed)
        ends = series.run(options.times)
    for (way, status), count in sorted(Counter((end.way, end.status) for end in ends).items()):
        print(f"{way}: status {status}: {count}")
    slowest = max(end.seconds for end in ends)
    print(f"{len(ends)} ends, {series.finished} runs finished, equal; all gone in {slowest:.1f} s")


if __name__ == "__main__":
    main()
