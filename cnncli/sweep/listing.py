"""Trials as rows of a table, with names as short as they may be."""

from collections.abc import Iterable, Sequence

from .trial import Trial, written


def column_names(keys: Sequence[str]) -> list[str]:
    """Each key's last parts, as many as tell it from the others: `lr` for train.optimizer.lr."""
    found = []
    for key in keys:
        parts = key.split(".")
        lengths = range(1, len(parts) + 1)
        tails = [".".join(parts[-length:]) for length in lengths]
        alone = (t for t in tails if sum(f".{k}".endswith(f".{t}") for k in keys) == 1)
        found.append(next(alone, key))
    return found


def rows(keys: Sequence[str], trials: Iterable[Trial]) -> list[list[str]]:
    """The number of each trial and its values by the keys; `-` where a key is not there."""
    return [
        [str(number), *(written(values[key]) if key in values else "-" for key in keys)]
        for number, values in trials
    ]
