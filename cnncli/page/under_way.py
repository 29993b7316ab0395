"""The page of a run while it trains: what was reached, and the curves."""

from collections.abc import Callable
from math import ceil
from time import perf_counter

from cnncli.check.result import Checked
from cnncli.engine.parallel.world import ALONE, within
from cnncli.training.state import Sums
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.trainer import Display, Metrics

from .html_document import Document
from .page_files import write_page
from .subject import Subject

SHARE = 0.02
"""Of the time since the run began, which writing the page may take at most."""
FIRST = 0.05
"""Seconds that the first page is thought to take."""
_OFTEN = 5
"""Seconds between two looks of the browser at least, so that there is time to read."""
NOT_WRITTEN = "the page about the run could not be written, and the run is not touched by that"


class UnderWay:
    """Shows the steps of a run as `display` does, and now and then on the page.

    It keeps an account of its own seconds: the next page waits until there is time for it. Whatever
    goes wrong with a page, the run goes on, without one.
    """

    def __init__(
        self, checked: Checked, display: Display, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._checked, self._display, self._clock = checked, display, clock
        self._directory: RunDirectory | None = None
        self._began = 0.0
        self._next = FIRST
        self.spent = 0.0

    def follow(self, directory: RunDirectory) -> Display:
        """Begins: the page is in the directory of the run."""
        self._directory, self._began = directory, self._clock()
        return self

    def step(self, step: int, sums: Sums) -> None:
        """After each step."""
        self._display.step(step, sums)
        self._renew()

    def epoch(self, metrics: Metrics, epochs: int) -> None:
        """After each epoch."""
        self._display.epoch(metrics, epochs)
        self._renew()

    def say(self, text: str) -> None:
        """Something that happened."""
        self._display.say(text)

    def warn(self, text: str) -> None:
        """Something that should be known."""
        self._display.warn(text)

    def finish(self) -> None:
        """A last page, which does not look for the next one."""
        self._write(None)

    def _renew(self) -> None:
        if self.spent + self._next <= SHARE * (self._clock() - self._began):
            self._write(max(_OFTEN, ceil(self._next / SHARE)))

    def _write(self, reload: int | None) -> None:
        if self._directory is None:
            return
        began = self._clock()
        try:
            with within(ALONE):  # of several ranks the others do not wait for it
                subject = Subject(self._checked, notify=self.warn, place=self._directory)
                write_page(Document.under_way(subject, reload), self._directory.page)
        except Exception as error:  # a fault of the page is none of the run's
            self._directory = None
            self.warn(f"warning: {NOT_WRITTEN}: {error}")
        self._next = self._clock() - began
        self.spent += self._next
