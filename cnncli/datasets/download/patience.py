"""How long a download waits, what it tries again, and when it gives up."""

import time
from dataclasses import dataclass

from cnncli.datasets.problems import Notify
from cnncli.errors import DataError


class PassingError(DataError):
    """A fault that the next try may not meet.

    wait: the seconds that the server asks for. is_unreached: there is no way to the server, as
    without a network.
    """

    def __init__(
        self, message: str, *, wait: float | None = None, is_unreached: bool = False
    ) -> None:
        super().__init__(message)
        self.wait = wait
        self.is_unreached = is_unreached


@dataclass(frozen=True)
class Patience:
    """The limits of a download; times are in seconds.

    seconds: until the first byte, for all tries together; later for each answer, and for the
    next `least` bytes. tries: how many may fail in a row, a row that ends when `gain` bytes
    have come. wait: before the second try; it doubles with each. longest: of the waits that a
    server may ask for.
    """

    seconds: float = 8.0
    least: int = 2**15
    tries: int = 4
    gain: int = 2**20
    wait: float = 1.0
    longest: float = 30.0


PATIENCE = Patience()


class Tries:
    """Counts the failed tries of one download, and waits between them.

    size: the bytes that were there at first.
    """

    def __init__(self, patience: Patience, size: int, notify: Notify) -> None:
        self._patience = patience
        self._notify = notify
        self._end = time.monotonic() + patience.seconds
        self._first = self._most = size
        self._has_begun = False
        self._failures = 0

    def seconds(self) -> float:
        """How long the next answer may take."""
        return self._patience.seconds if self._has_begun else self._end - time.monotonic()

    def failed(self, error: PassingError, size: int) -> None:
        """Returns when it is time for the next try; `size` bytes are there.

        Raises DataError where there should be none: too many have failed, or, as long as nothing
        has come, there is no way to the server or the time is up.
        """
        self._has_begun |= size != self._first
        if size >= self._most + self._patience.gain:
            self._failures = 0
        self._most = max(size, self._most)
        self._failures += 1
        if error.wait is None:
            wait = self._patience.wait * 2 ** (self._failures - 1)
        else:
            wait = error.wait
            self._end += wait
        if self._is_over(error, wait):
            count = f" ({self._failures} tries)" if self._failures > 1 else ""
            remedy = "run again to fetch the rest" if size else "try again, or another mirror"
            raise DataError(f"{error}{count}; {remedy}")
        self._notify(f"{error}; trying again in {wait:.3g} s")
        time.sleep(wait)

    def _is_over(self, error: PassingError, wait: float) -> bool:
        if self._failures == self._patience.tries or wait > self._patience.longest:
            return True
        is_late = time.monotonic() + wait >= self._end
        return not self._has_begun and (error.is_unreached or is_late)
