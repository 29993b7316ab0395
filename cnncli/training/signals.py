"""SIGINT, SIGTERM and SIGHUP end a run after the current step; a second SIGINT ends it at once.

SIGHUP comes when a terminal is closed. What is ignored stays so: SIGHUP under nohup, SIGINT in the
background of a script.
"""

import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.engine.parallel.world import World

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


_Handler = Callable[[int, FrameType | None], object] | int | None


def handle(handler: Callable[[int, FrameType | None], object]) -> dict[int, _Handler]:
    """Lets the handler have the signals that are not ignored. Who had them before, by number.

    In another thread than the main one nothing is changed: only that one may say who has them.
    """
    before: dict[int, _Handler] = {}
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            try:
                before[number] = signal.signal(number, handler)
            except ValueError:
                return {}
    return before


class Noted(Exception):
    """A signal has come while something was done that can be left undone."""


class Interrupt:
    """While it is entered, signals are noted in `number` instead of ending the program.

    Of several ranks each may get some: `number` is the one on which they have agreed.
    """

    def __init__(self, world: "World | None" = None) -> None:
        """world: of all ranks; None: this process is by itself."""
        self.number: int | None = None
        self._noted: int | None = None
        self._world = world if world and world.size > 1 else None

    def __enter__(self) -> "Interrupt":
        self._before = handle(self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def agree(self) -> None:
        """Lets all ranks know what any of them has noted."""
        if self._world:
            self.number = self._world.largest(self._noted or 0) or None

    def check(self) -> None:
        """Raises Noted where a signal has come."""
        self.agree()
        if self.number is not None:
            raise Noted

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._noted is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._noted = number
        if not self._world:
            self.number = number
