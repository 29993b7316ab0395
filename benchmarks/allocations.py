"""Fresh memory in a training step: large arrays, line by line, and minor page faults.

`python -m benchmarks.allocations` needs no PyTorch.
"""

import resource
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import numpy as np

from .networks import Step, engine_for, network, noise, training_step
from .options import Options, print_alone
from .turns import table

LARGE = 1 << 16
WARM_UP = 6
BUFFER = 1024
"""Numbers in the buffers that NumPy casts in while lines are watched: only arrays are meant."""
ROOT = Path(__file__).parents[1]
PACKAGE = str(ROOT / "cnncli")
Place = tuple[str, int]


def allocations(options: Options) -> Iterator[str]:
    """What is still new after some steps."""
    yield "## Fresh memory"
    yield ""
    yield (
        f"A training step on {options.batch} images after {WARM_UP} others. Large: what lines "
        f"allocate that take {LARGE // 1024} KiB or more, in KiB, in one of {options.threads} "
        f"threads. Page faults: minor ones of the process, in {options.rounds} steps."
    )
    yield ""
    rows = []
    places: Counter[Place] = Counter()
    for name in options.networks:
        graph = network(name)
        shard = -(-options.batch // options.threads)
        with engine_for(graph, options.batch, options.threads) as engine:
            faults = _faults(_warm(training_step(engine, noise(graph, options.batch))), options)
        with engine_for(graph, shard, 1) as engine:
            large = large_allocations(_warm(training_step(engine, noise(graph, shard))))
        places |= large
        total = f"{sum(large.values()) / 1024:,.0f}"
        rows.append([f"`{name}`", total, f"{median(faults):,.0f}", f"{max(faults):,}"])
    yield from table(["network", "large", "page faults, median", "most"], rows)
    if places:
        yield ""
    for (file, line), most in places.most_common():
        yield f"- {Path(file).relative_to(ROOT)}:{line}: at most {most / 1024:,.0f} KiB in a step"


def large_allocations(step: Step) -> Counter[Place]:
    """The bytes that each line takes anew, where they are many at a time, in this thread."""
    found: Counter[Place] = Counter()
    here: Place = ("", 0)
    before = 0

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal here, before
        grown = tracemalloc.get_traced_memory()[1] - before
        if grown >= LARGE:
            found[here] += grown
        if frame.f_code.co_filename.startswith(PACKAGE):  # lines of NumPy belong to ours
            here = (frame.f_code.co_filename, frame.f_lineno)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        return watch

    buffer = np.setbufsize(BUFFER)
    tracemalloc.start()
    step()  # what is kept from step to step is traced only once it is new
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    sys.settrace(watch)
    try:
        step()
    finally:
        sys.settrace(None)
        tracemalloc.stop()
        np.setbufsize(buffer)
    return found


def _warm(step: Step) -> Step:
    for _ in range(WARM_UP):
        step()
    return step


def _faults(step: Step, options: Options) -> list[int]:
    """Minor page faults of each of some steps."""
    counts = []
    for _ in range(options.rounds):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        step()
        counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return counts


if __name__ == "__main__":
    print_alone(allocations, __doc__)
