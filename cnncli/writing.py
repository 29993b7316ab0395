"""How files are opened in folders where others may have put something of that name."""

import os

_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def plainly(path: str | os.PathLike[str], flags: int) -> int:
    """For `open` as its opener: follows no link to another's file, and waits for no pipe.

    Raises OSError for what is one.
    """
    return os.open(path, flags | _FLAGS, 0o666)
