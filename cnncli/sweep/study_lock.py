"""The lock of Optuna's journal, which the system gives back however a process ends."""

import os
from contextlib import ExitStack
from pathlib import Path

from cnncli.bounds import MAX_JOURNAL_LINE
from cnncli.locks import file_lock


class JournalLock:
    """What Optuna's JournalFileBackend takes as its `lock_obj`, for one thread of a process."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._held = ExitStack()

    def acquire(self) -> bool:
        """Waits for it. The beginning of a line, whose writer was killed, is removed.

        Raises WriteError where a link, a pipe or a device stands there.
        """
        stream = self._held.enter_context(file_lock(self._journal, lambda holder: None)).stream
        end = stream.seek(0, os.SEEK_END)
        start = max(end - MAX_JOURNAL_LINE, 0)
        stream.seek(start)
        tail = stream.read(MAX_JOURNAL_LINE)
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(stream.fileno(), start + tail.rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        """Gives it back."""
        self._held.close()
