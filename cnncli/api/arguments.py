"""Numbers that a caller gives: the bounds that the options of the commands have."""

from numbers import Integral

from cnncli.errors import UsageError


def check_count(name: str, count: int | None, most: int | None = None) -> None:
    """Raises UsageError for what is no whole number from 1 to `most`; None is left as it is."""
    if count is None or (isinstance(count, Integral) and 1 <= count <= (most or count)):
        return
    end = f" to {most:,}" if most else " on"
    raise UsageError(f"{name} must be a whole number from 1{end}, found {count!r}")
