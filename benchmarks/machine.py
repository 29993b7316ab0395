"""What the measurements were taken on, and whether it was free."""

import platform
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from cnncli.engine.parallel.blas import core_type, machine_profile

SECONDS = 0.5
ROOT = Path(__file__).parents[1]


def processor() -> str:
    """The processor's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def about() -> dict[str, str | None]:
    """What a line of measurements says of where they were taken."""
    return {
        "commit": commit(),
        "processor": processor(),
        "core_type": core_type(),
        "profile": machine_profile().name,
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "torch", "onnxruntime")},
    }


def commit() -> str:
    """The last one that changed the package, whose numbers are measured; `-dirty` behind it."""

    def git(*arguments: object) -> str:
        command = ["git", *map(str, arguments), "--", "cnncli", "configs"]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    return git("log", "-1", "--format=%h").strip() + "-dirty" * bool(git("status", "--porcelain"))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


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
