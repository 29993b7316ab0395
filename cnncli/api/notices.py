"""What the caller should know, in Python's own ways: nothing is printed."""

import logging
import os
import sys
import warnings
from typing import Any

from tqdm.auto import tqdm

from cnncli.engine.parallel.launchers import launch_of
from cnncli.errors import CnncliWarning
from cnncli.report.progress import FORMAT, Progress

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_LOG = logging.getLogger("cnncli")


def warn(text: object) -> None:
    """A warning, or an error that concerns a part, at the caller's line; else a line of the log."""
    said = str(text)
    if isinstance(text, Exception) or said.startswith("warning: "):
        level = 1
        while sys._getframe(level).f_code.co_filename.startswith(_PACKAGE):
            level += 1
        warnings.warn(said.removeprefix("warning: "), CnncliWarning, stacklevel=level + 1)
    else:
        _LOG.info("%s", said)


def warn_of_copies() -> None:
    """Says so where this program was started several times, and each trains a run of its own."""
    if launch := launch_of(os.environ):
        warn(
            f"warning: {launch.by} has started {launch.size} processes, and each trains a network "
            f"of its own; `{launch.by} -n {launch.size} cnn train` trains one"
        )


class Notices(Progress):
    """Progress of a run for whoever called from Python: a bar, in a notebook too, if it is wished.

    What else is said goes where `warn` sends it.
    """

    def __init__(self, *, bar: bool) -> None:
        super().__init__(quiet=False, bar=bar)
        self.has_bar = self.has_bar or (bar and "ipykernel" in sys.modules)

    def open_bar(self, total: int, done: int) -> Any:
        return tqdm(total=total, initial=done, bar_format=FORMAT, dynamic_ncols=True)

    def warn(self, text: str) -> None:
        warn(text)

    def say(self, text: str) -> None:
        _LOG.info("%s", text)
