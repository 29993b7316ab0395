"""What it costs to notice a parameter that stops being finite: `python -m benchmarks.alarm`.

Updates with NumPy's alarm and without any, turn by turn in one thread; the fastest of each.
"""

from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

import numpy as np

from cnncli.engine.parallel.blas import hold_blas_to_one_thread
from cnncli.optim import sgd_adam
from cnncli.optim.base import OptimizerState, Segment
from cnncli.optim.sgd_adam import Adam, Sgd

RULES = {"sgd": Sgd(lr=0.01, momentum=0.9, nesterov=True), "adam": Adam(lr=0.01)}
SIZES = (50_000, 150_000, 2_000_000, 30_000_000)
WORK = 100_000_000
"""Numbers that are updated in all, of each size."""


class _Switch:
    """Stands in for numpy in the optimizers' module; turned off, errstate ignores everything."""

    is_on = True

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def errstate(self, **options: Any) -> AbstractContextManager[Any]:
        return np.errstate(**options) if self.is_on else np.errstate(all="ignore")


def main() -> None:
    """Prints a line for each rule and size."""
    hold_blas_to_one_thread()
    switch = _Switch()
    sgd_adam.np = switch  # type: ignore[assignment]
    for name, hyper in RULES.items():
        for size in SIZES:
            w = np.random.default_rng(0).standard_normal(size).astype(np.float32)
            gradient, optimizer = w * np.float32(1e-3), OptimizerState(hyper, size)
            segments = (Segment(slice(0, size), 1.0, 5e-4),)
            fastest = {True: np.inf, False: np.inf}
            for turn in range(2 * max(10, WORK // size)):
                switch.is_on = turn % 4 in (0, 3)
                began = perf_counter()
                optimizer.update(w, gradient, segments, slice(0, size), 1e-9, 1)
                taken = perf_counter() - began
                fastest[switch.is_on] = min(fastest[switch.is_on], taken)
            cost = fastest[True] - fastest[False]
            print(f"{name}, {size:,} numbers: {fastest[False] * 1e6:,.1f} us {cost * 1e6:+,.1f} us")


if __name__ == "__main__":
    main()
