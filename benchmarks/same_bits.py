"""Whether two versions of cnn compute the same bits: `python -m benchmarks.same_bits OLD [NEW]`.

OLD and NEW are checkouts, or executables `cnn`; without NEW the digests of OLD are shown. Both
train the configurations of OLD. Each run is compared by SHA-256 over the names, shapes and bytes of
all arrays in its last checkpoint, over its metrics without the clock's, and over what all versions
say with `cnn eval --json`. The exit status is 1 where they differ. Bits are those of a machine and
a NumPy: compare on one. No images are held out, as versions draw them by different rules.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from .turns import table
from .versions import Version, version

SAID = ("step", "images", "loss", "accuracy", "per_class", "confusion")
"""Of an evaluation by all versions."""
THREADS = ("--threads", 2)
TWO_STEPS = ("--max-steps", 2)
FEW = ("--set", "train.batch_size=8")
MIXED = ("--set", "data={name: patterns, augment: [flip, crop]}")
RUNS: dict[str, tuple[str, tuple[object, ...]]] = {
    "vggbn": ("vggbn", (*TWO_STEPS, "--set", "data={name: patterns}")),
    "resnet20": ("resnet20", (*TWO_STEPS, *MIXED)),
    "densenet100": ("densenet100", (*TWO_STEPS, *MIXED)),
    "mobilenet": (  # ends in as many scores as there are figures
        "mobilenet",
        (*TWO_STEPS, *FEW, *MIXED, "--set", "architecture.0.input=32x32x3",
         "--set", "architecture.7=POOL(F=global, mode=average) -> FC"),
    ),
    "mobilenet64": (
        "mobilenet",
        (*TWO_STEPS, *FEW, "--set", "architecture.0.input=64x64x3",
         "--set", "data={name: npz, root: noise.npz}"),
    ),
    "digits": ("digits", ()),
}  # fmt: skip
"""The configuration and the options of each; the last is trained to its end."""
CLOCK = ("seconds", "images_per_second")
CLASSES = 1000


def write_noise(path: Path) -> None:
    """Images of 64x64x3 with labels of 1000 classes, as a set of one's own."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 64), ("test", 32)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, 64, 64, 3), np.uint8)
        arrays[f"y_{part}"] = np.linspace(0, CLASSES - 1, count).astype(np.int64)
    np.savez_compressed(path, **arrays)


def digests(cnn: Version, configs: Path, name: str) -> dict[str, str]:
    """Of a run's arrays, its metrics and its evaluation, by these words."""
    config, options = RUNS[name]
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_noise(folder / "noise.npz")
        arguments = (*THREADS, "--seed", 0, "--kernels", "auto", "--out", "run", "--quiet")
        cnn.run(folder, "train", configs / f"{config}.yaml", *options, *arguments)
        last = folder / "run" / "last.safetensors"
        found = json.loads(cnn.run(folder, "eval", last, "--json", *THREADS))
        lines = (folder / "run" / "metrics.jsonl").read_text().splitlines()
        return {
            "arrays": _of_arrays(last),
            "metrics": _of_values([_without_clock(json.loads(line)) for line in lines]),
            "evaluation": _of_values({key: found[key] for key in SAID}),
        }


def _of_arrays(path: Path) -> str:
    sha = hashlib.sha256()
    for name, array in sorted(load_file(path).items()):
        sha.update(f"{name} {array.shape} {array.dtype}\n".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def _of_values(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _without_clock(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in CLOCK}


def main() -> None:
    """Prints a line of Markdown for every digest."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_bits", description=__doc__)
    parser.add_argument("versions", type=version, nargs="+", metavar="CNN", help="OLD [NEW]")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=[*RUNS])
    given = parser.parse_args()
    if len(given.versions) > 2:
        parser.error("expected one version or two")
    are_same = True
    print(*table(["run", "of its", "SHA-256", "the other version"], []), sep="\n")
    for name in given.runs:
        configs = given.versions[0].configs
        old, *others = (digests(cnn, configs, name) for cnn in given.versions)
        for what, digest in old.items():
            new = [other[what] for other in others]
            verdict = "" if not new else "equal" if new == [digest] else f"different: {new[0]}"
            are_same = are_same and not verdict.startswith("different")
            print(f"| {name} | {what} | {digest} | {verdict} |", flush=True)
    sys.exit(not are_same)


if __name__ == "__main__":
    main()
