"""How fast this machine is, now: what may take how long is a multiple of the smallest command."""

import os
import sys
from pathlib import Path

NOTES = Path(__file__).parents[1] / "configs" / "notes.yaml"
MOST = 8
"""How many times as long as the smallest command takes whatever must end soon may take."""


def smallest_command():
    """Seconds of the processor for `cnn shapes configs/notes.yaml`, from its start to its end.

    The least of three: what disturbs only adds.
    """
    return min(_shapes_of_the_notes() for _ in range(3))


def _shapes_of_the_notes():
    command = [sys.executable, "-m", "cnncli", "shapes", NOTES]
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    assert status == 0, f"{NOTES} is wrong"
    return usage.ru_utime + usage.ru_stime
