"""Whether two versions of cnn are as fast: `python -m benchmarks.same_speed OLD NEW`.

OLD and NEW are checkouts, or executables `cnn`, which take turns in processes of their own. Of
networks the step of `cnn time` is compared, of `cnn shapes` on a large network the processor time
of the whole process. The configurations are those of OLD. Above 1, NEW takes more.

With --few every network of configs/ is compared, in steps of so few images that each takes a
fraction of a second; those by which NEW is slower than allowed are told at the end. That takes 40
minutes: `--few --part 2/5` takes the second of five parts.
"""

import argparse
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from .turns import WARM_UP, spread, table, turns
from .versions import Version, version

WHAT = ("small", "vggbn", "resnet20", "shapes")
ROUNDS = {"shapes": 20}
THREADS = 2
FEW_MACS = 10**10
"""Multiply-adds of a step on few images: a tenth of a second of two cores."""
MOST_IMAGES = 64
SLOWER = 1.05
"""A median of ratios above it is told."""
HEADS = ("what", "images", "old, ms", "new, ms", "median of the ratios", "least, and their ratio")


class Comparison:
    """Of two versions, in a folder of its own."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self._given, self._folder = given, folder
        self.slower: list[str] = []

    def row(self, what: str) -> list[str]:
        """Both versions' times; the median of their ratios, round by round; and the least times."""
        given, images = self._given, ""
        options: list[object] = ["--threads", given.threads, "--steps", given.steps, "--json"]
        if given.few:
            images = str(self._images(what))
            options += ["--batch", images]
        contestants = {
            name: partial(self._shapes_ms, cnn)
            if what == "shapes"
            else partial(self._step_ms, cnn, what, options)
            for name, cnn in (("old", given.old), ("new", given.new))
        }
        # a process of few steps warms up by itself
        rounds = given.rounds or (11 if given.few else ROUNDS.get(what, 15))
        old, new = turns(contestants, rounds, 0 if given.few else WARM_UP).values()
        ratio = median(after / before for before, after in zip(old, new, strict=True))
        if ratio > SLOWER:
            self.slower.append(f"{what} {ratio:.3f}")
        least = f"{min(old):.1f} and {min(new):.1f}: {min(new) / min(old):.3f}"
        return [what, images, spread(old), spread(new), f"{ratio:.3f}", least]

    def _config(self, what: str) -> Path:
        return self._given.old.configs / f"{what}.yaml"

    def _step_ms(self, cnn: Version, what: str, options: list[object]) -> float:
        """Milliseconds of a whole training step, the median of some in one process."""
        found = json.loads(cnn.run(self._folder, "time", self._config(what), *options))
        return float(found["total"]["ms"])

    def _shapes_ms(self, cnn: Version) -> float:
        """Milliseconds of user and system time that a process takes to check a network."""
        before = getrusage(RUSAGE_CHILDREN)
        cnn.run(self._folder, "shapes", self._config("resnet101"))
        after = getrusage(RUSAGE_CHILDREN)
        return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)

    def _images(self, what: str) -> int:
        """As many as are few for a network: at least one for each thread."""
        shown = json.loads(
            self._given.old.run(self._folder, "shapes", self._config(what), "--json")
        )
        macs = sum(layer["training_macs"] for layer in shown["layers"])
        return int(min(max(FEW_MACS // macs, self._given.threads), MOST_IMAGES))


def part(text: str) -> tuple[int, int]:
    """`2/5` as the numbers 2 and 5; a type of arguments."""
    number, parts = map(int, text.split("/"))
    if not 1 <= number <= parts:
        raise argparse.ArgumentTypeError(f"{text} is not a part like 2/5")
    return number, parts


def chosen(given: argparse.Namespace) -> Iterator[str]:
    """What is compared."""
    names = sorted(path.stem for path in given.old.configs.glob("*.yaml"))
    number, parts = given.part
    yield from (given.what or (names if given.few else WHAT))[number - 1 :: parts]


def main() -> None:
    """Reads the options and prints a line for each comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_speed", description=__doc__)
    parser.add_argument("old", type=version)
    parser.add_argument("new", type=version)
    parser.add_argument("--what", nargs="+", help=f"configurations, or shapes; {', '.join(WHAT)}")
    parser.add_argument("--few", action="store_true", help="all networks of configs/, few images")
    parser.add_argument("--part", type=part, default=(1, 1), help="of what is compared, like 2/5")
    parser.add_argument("--rounds", type=int, help="that count; 15, with --few 11, of shapes 20")
    parser.add_argument("--steps", type=int, help="of `cnn time` in each process; 10, or 2")
    parser.add_argument("--threads", type=int, default=THREADS)
    given = parser.parse_args()
    given.steps = given.steps or (2 if given.few else 10)
    print(*table(HEADS, []), sep="\n")
    with TemporaryDirectory() as folder:
        comparison = Comparison(given, Path(folder))
        for what in chosen(given):
            print(f"| {' | '.join(comparison.row(what))} |", flush=True)
    print(f"\nslower by more than {SLOWER}: {', '.join(comparison.slower) or 'none'}")


if __name__ == "__main__":
    main()
