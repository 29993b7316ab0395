"""What the machine has: cores and memory; apart from the rest, so that no NumPy is needed."""

import os
import re
from pathlib import Path

_MEMORY = Path("/proc/meminfo")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


_limits: list[int] = []


def limit_cores(number: int) -> None:
    """Says how many cores this process may use, beside others that compute with it on this host."""
    _limits[:] = [number]


def available_threads() -> int:
    """The cores that this process may use."""
    if _limits:
        return _limits[0]
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parent_cores() -> int | None:
    """The cores that the process which started this one may use; None: the system does not tell."""
    try:
        return len(os.sched_getaffinity(os.getppid())) if hasattr(os, "sched_getaffinity") else None
    except OSError:
        return None


def machine_memory() -> int | None:
    """Bytes of memory that the machine has; None where the system does not tell."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def available_memory() -> int | None:
    """Bytes of it that are free or can be freed now, where the system tells."""
    try:
        found = re.search(r"^MemAvailable: +(\d+) kB$", _MEMORY.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def core_quota() -> float | None:
    """The cores that a container may use, where it has a limit (cgroup 2)."""
    try:
        limit, period = _QUOTA.read_text().split()
        return None if limit == "max" else int(limit) / int(period)
    except (OSError, ValueError):
        return None
