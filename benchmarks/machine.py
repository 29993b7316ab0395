"""What the measurements were taken on, and whether it was free."""

import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

SECONDS = 0.5


def processor() -> str:
    """The processor's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def cores_got(threads: int) -> float:
    """Processor time over time while so many threads are busy; less than all on a shared machine.

    BLAS must be held to one thread before.
    """

    def work(end: float) -> None:
        square = np.ones((512, 512), np.float32)
        while time.perf_counter() < end:
            square @ square

    with ThreadPoolExecutor(threads) as pool:
        spent, began = time.process_time(), time.perf_counter()
        list(pool.map(work, [began + SECONDS] * threads))
        return (time.process_time() - spent) / (time.perf_counter() - began)
