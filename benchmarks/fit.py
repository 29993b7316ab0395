"""The profile of this machine: measures layers, fits the costs of algorithms, prints both.

Every layer is computed by each algorithm in turn, forward and backward on one thread, and the least
of several rounds counts. The lines of this processor and core type in benchmarks/fit.jsonl are
written anew; with `--told` they are read instead. Costs are fitted to half of the layers, and the
other half says how much time the choice by them takes above the best choice: the regret. What is
printed at the end, fitted to all processors of the core type, is for `kernels/conv/profiles.py`.
It takes two minutes; `--quick` is for a look.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.parallel.blas import core_type, hold_blas_to_one_thread, machine_profile
from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.conv import direct, winograd, winograd_columns
from cnncli.kernels.conv.cost_model import ALGORITHMS, IMAGE, algorithms, work
from cnncli.kernels.conv.gemm import multiply
from cnncli.kernels.conv.profiles import SMALL_KERNELS, Costs, Profile
from cnncli.kernels.workspace import Workspace

from .machine import processor

FILE = Path(__file__).with_suffix(".jsonl")
SIZES = (2, 4, 7, 8, 14, 16, 28, 32, 56, 112)
DEPTHS = (
    (1, 8), (3, 16), (3, 32), (3, 64), (8, 16), (16, 16), (16, 32), (32, 32), (24, 64), (32, 64),
    (48, 96), (64, 64), (64, 96), (64, 128), (96, 96), (128, 32), (128, 128), (128, 256),
    (192, 64), (256, 256), (256, 512), (512, 512),
)  # fmt: skip
"""Channels and filters."""
MULTIPLICATIONS = 300_000_000
"""Of a batch, which has at most 64 images: some ten milliseconds."""
PIECES = ((4096, 144, 16), (4096, 288, 32), (2048, 576, 64), (1024, 1152, 128))
"""Products by which it is seen whether small ones are not copied: rows, depth, columns."""
_MODULES = {"direct": direct, "winograd": winograd, "winograd-columns": winograd_columns}


class Layer(NamedTuple):
    """A convolution at stride 1 that keeps the size, and its times where it was measured.

    ms: of each algorithm, forward and backward.
    """

    size: int
    C: int
    K: int
    F: int
    images: int
    ms: dict[str, tuple[float, float]] = {}

    @property
    def geometry(self) -> Geometry:
        size, F, P = Extent(self.size, self.size), Extent(self.F, self.F), self.F // 2
        return Geometry(size, F, Extent(1, 1), Padding(P, P, P, P), size)

    @property
    def times(self) -> dict[str, float]:
        """Of each algorithm, both ways."""
        return {name: sum(both) for name, both in self.ms.items()}


def layers() -> Iterator[Layer]:
    """Every other layer of those that networks have; a fifth of them for a few images only."""
    found = [
        (size, C, K, F) for F in (3, 5) for size in SIZES for C, K in DEPTHS
        if _is_usual(size, C, K, F)
    ]  # fmt: skip
    for at, (size, C, K, F) in enumerate(found):
        images = max(1, min(64, MULTIPLICATIONS // (size**2 * F**2 * C * K)))
        if at % 5 == 4:
            images = min(images, 1 if at % 2 else 4)
        if at % 2 == 0:
            yield Layer(size, C, K, F, images)


def _is_usual(size: int, C: int, K: int, F: int) -> bool:
    """Maps are large where they are shallow, and small where they are deep."""
    if C <= IMAGE:
        return size >= 14
    narrow, wide = min(C, K), max(C, K)
    return (
        (F == 3 or (wide <= 128 and size >= 4))
        and 1_000 <= size**2 * wide <= 810_000
        and (narrow >= 16 or size >= 14)
        and size * narrow <= 112 * 64
    )


def measured(layer: Layer, profile: Profile, rounds: int) -> Layer:
    """The least time of each algorithm, which take turns; the first round does not count."""
    size, C, K, F, images, _ = layer
    rng, geometry, workspace = np.random.default_rng(0), layer.geometry, Workspace(profile)
    x = rng.standard_normal((images, size, size, C), np.float32)
    dy = rng.standard_normal((images, size, size, K), np.float32)
    W = rng.standard_normal((F, F, C, K), np.float32)
    dW = np.empty_like(W)
    ms = dict.fromkeys(algorithms(geometry, C, K, images, profile), (np.inf, np.inf))
    for counts in [False] + [True] * rounds:
        for name in ms:
            kernel = _MODULES[name]
            start = time.perf_counter()
            y = kernel.forward(workspace, x, W, None, geometry)
            between = time.perf_counter()
            if C <= IMAGE:
                dx = kernel.weight_gradient(workspace, x, geometry, dy, dW)
            else:
                dx = kernel.backward(workspace, x, W, geometry, dy, dW)
            both = between - start, time.perf_counter() - between
            del y, dx  # back to the workspace before the next
            if counts:
                forward, backward = (min(1e3 * a, b) for a, b in zip(both, ms[name], strict=True))
                ms[name] = round(forward, 4), round(backward, 4)
    return layer._replace(ms=ms)


def unpacked(rounds: int) -> int:
    """Up to how many multiplications products are not copied: OpenBLAS's number where it pays."""
    seconds = {0: 0.0, SMALL_KERNELS.unpacked: 0.0}
    rng = np.random.default_rng(0)
    for M, k, n in PIECES:
        a, b = rng.standard_normal((M, k), np.float32), rng.standard_normal((k, n), np.float32)
        out, least = np.empty((M, n), np.float32), dict.fromkeys(seconds, np.inf)
        for _ in range(10 * rounds):
            for limit in least:
                workspace = Workspace(replace(SMALL_KERNELS, unpacked=limit))
                start = time.perf_counter()
                multiply(workspace, a, b, out)
                least[limit] = min(least[limit], time.perf_counter() - start)
        for limit, taken in least.items():
            seconds[limit] += taken
    return min(seconds, key=seconds.__getitem__)


def fit(found: Sequence[Layer], profile: Profile) -> Profile:
    """The profile with costs by which the relative errors of the layers' times are least squares.

    Each algorithm by itself; no cost is below zero.
    """
    costs = {}
    for name in ALGORITHMS:
        rows = [
            np.array(work(layer.geometry, *layer[1:3], layer.images)[name]) * layer.images
            / (1e6 * layer.times[name])
            for layer in found
        ]  # fmt: skip
        costs[name] = Costs(*(float(f"{cost:.3g}") for cost in _least_squares(np.array(rows))))
    return replace(
        profile,
        direct=costs["direct"], columns=costs["winograd-columns"], tiles=costs["winograd"],
    )  # fmt: skip


def _least_squares(rows: NDArray[Any]) -> NDArray[Any]:
    """x from 0 on with which the rows times x are nearest to 1.

    Some of x are 0, and the others the least squares without those: all choices are tried.
    """
    scale, best = np.linalg.norm(rows, axis=0), np.zeros(rows.shape[1])
    for used in product((False, True), repeat=len(best)):
        some, x = np.array(used), np.zeros(len(best))
        x[some] = np.linalg.lstsq((rows / scale)[:, some], np.ones(len(rows)))[0] / scale[some]
        if (x >= 0).all() and np.linalg.norm(rows @ x - 1) < np.linalg.norm(rows @ best - 1):
            best = x
    return best


def regret(found: Sequence[Layer], choose: Callable[[Layer], str]) -> tuple[float, float]:
    """How much longer than the best the chosen algorithms take: of all layers, and on average."""
    chosen = np.array([layer.times[choose(layer)] for layer in found])
    best = np.array([min(layer.times.values()) for layer in found])
    return chosen.sum() / best.sum() - 1, float((chosen / best - 1).mean())


def by(profile: Profile) -> Callable[[Layer], str]:
    """What the model of costs chooses."""
    return lambda layer: algorithms(layer.geometry, *layer[1:3], layer.images, profile)[0]


def report(measurements: Mapping[str, Sequence[Layer]], profile: Profile) -> Iterator[str]:
    """The regrets on each processor, and the profile fitted to all, as Python writes it."""
    every = [layer for found in measurements.values() for layer in found]
    fitted = fit(every, profile)
    for name, found in measurements.items():
        yield f"{name}, {len(found)} layers; regret of all and on average:"
        halves = found[::2], found[1::2]
        for what, part, choose in (
            ("direct", found, lambda _: "direct"),
            (f"the profile {profile.name!r}", found, by(profile)),
            ("fitted to half, of the other", halves[1], by(fit(halves[0], profile))),
            ("and the other way round", halves[0], by(fit(halves[1], profile))),
            ("fitted to all processors", found, by(fitted)),
        ):
            in_all, average = regret(part, choose)
            yield f"  {what:<32}{100 * in_all:6.2f} %{100 * average:8.2f} %"
    yield f"unpacked={fitted.unpacked}"
    for what, costs in (
        ("direct", fitted.direct), ("columns", fitted.columns), ("tiles", fitted.tiles)
    ):  # fmt: skip
        yield f"{what}=Costs({', '.join(map(str, astuple(costs)))})"


def told(core: str) -> dict[str, list[Layer]]:
    """The layers that were measured with that core type, by processor."""
    found: dict[str, list[Layer]] = {}
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        of_core, name, numbers = _parts(line)
        if of_core == core:
            found.setdefault(name, []).append(Layer(**numbers))
    return found


def _parts(line: str) -> tuple[str, str, dict[str, Any]]:
    """Core type, processor, and what is left of a line."""
    numbers = json.loads(line)
    return numbers.pop("core"), numbers.pop("processor"), numbers


def main() -> None:
    """Measures, writes and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="every fourth layer, and no lines")
    parser.add_argument("--told", action="store_true", help="by the lines that there are")
    given = parser.parse_args()
    hold_blas_to_one_thread()
    core, profile, here = core_type() or "unknown", machine_profile(), processor()
    print(f"{here}, BLAS's core type {core}, profile {profile.name!r}", flush=True)
    measurements = told(core)
    if not given.told:
        rounds = 3 if given.quick else 9
        profile = replace(profile, unpacked=unpacked(rounds))
        chosen = list(layers())[:: 4 if given.quick else 1]
        measurements[here] = [measured(layer, profile, rounds) for layer in chosen]
    if not given.told and not given.quick:
        lines = FILE.read_text().splitlines() if FILE.exists() else []
        others = [line for line in lines if _parts(line)[:2] != (core, here)]
        ours = {"core": core, "processor": here}
        own = [json.dumps(ours | layer._asdict()) for layer in measurements[here]]
        FILE.write_text("\n".join([*others, *own]) + "\n")
    for line in report(measurements, profile):
        print(line)


if __name__ == "__main__":
    main()
