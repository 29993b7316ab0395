"""Whether two versions of cnn are as fast: `python -m benchmarks.same_speed OLD NEW`.

OLD and NEW are checkouts, or executables `cnn`, which take turns in processes of their own. Of
networks the step of `cnn time` is compared, of `cnn shapes` on a large network the processor time
of the whole process. The configurations are those of OLD. Above 1, NEW takes more.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from .turns import spread, table, turns
from .versions import Version, version

WHAT = ("small", "vggbn", "resnet20", "shapes")
ROUNDS = {"shapes": 20}


def step_ms(cnn: Version, config: Path, steps: int, folder: Path) -> float:
    """Milliseconds of a whole training step, the median of so many in one process."""
    options = ("--threads", 2, "--steps", steps, "--json")
    found = json.loads(cnn.run(folder, "time", config, *options))
    return float(found["total"]["ms"])


def shapes_ms(cnn: Version, config: Path, folder: Path) -> float:
    """Milliseconds of user and system time that a process takes to check a network."""
    before = getrusage(RUSAGE_CHILDREN)
    cnn.run(folder, "shapes", config)
    after = getrusage(RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def measure(cnn: Version, configs: Path, what: str, steps: int, folder: Path) -> float:
    """Milliseconds of a network's step, or of `cnn shapes`."""
    if what == "shapes":
        return shapes_ms(cnn, configs / "resnet101.yaml", folder)
    return step_ms(cnn, configs / f"{what}.yaml", steps, folder)


def row(what: str, given: argparse.Namespace, folder: Path) -> list[str]:
    """Both versions' times; the median of their ratios, round by round; and the least times."""
    versions = {"old": given.old, "new": given.new}
    contestants = {
        name: partial(measure, cnn, given.old.configs, what, given.steps, folder)
        for name, cnn in versions.items()
    }
    old, new = turns(contestants, given.rounds or ROUNDS.get(what, 15)).values()
    ratio = median(after / before for before, after in zip(old, new, strict=True))
    least = f"{min(old):.1f} and {min(new):.1f}: {min(new) / min(old):.3f}"
    return [what, spread(old), spread(new), f"{ratio:.3f}", least]


def main() -> None:
    """Reads the options and prints a line for each comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_speed", description=__doc__)
    parser.add_argument("old", type=version)
    parser.add_argument("new", type=version)
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT)
    parser.add_argument("--rounds", type=int, help="that count; default: 15, and 20 of shapes")
    parser.add_argument("--steps", type=int, default=10, help="of `cnn time` in each process")
    given = parser.parse_args()
    heads = ["what", "old, ms", "new, ms", "median of the ratios", "least, and their ratio"]
    print(*table(heads, []), sep="\n")
    with TemporaryDirectory() as folder:
        for what in given.what:
            print(f"| {' | '.join(row(what, given, Path(folder)))} |", flush=True)


if __name__ == "__main__":
    main()
