"""How many threads this process may use; apart from the rest, so that no NumPy is needed."""

import os


def available_threads() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
