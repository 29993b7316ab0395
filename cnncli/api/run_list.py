"""All runs below a folder as a list: `cnncli.list_runs`."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from cnncli.runs.collection import Collection
from cnncli.runs.conditions import chosen
from cnncli.runs.run_table import known_keys
from cnncli.text import ForeignPath

from .notices import warn


def list_runs(
    folder: str | os.PathLike[str] = "runs",
    *,
    where: str | Sequence[str] = (),
    notify: Callable[[str], None] = warn,
) -> list[dict[str, Any]]:
    """The runs at any depth below a folder, each as a dictionary of plain values, like `cnn runs`.

    pandas.DataFrame(list_runs()) makes a table of it: figures by their names, and the keys of the
    configurations, such as train.optimizer.lr; what a run lacks is None. where: conditions as after
    --where. notify: takes what is damaged or was not looked into. Raises UsageError where the
    folder is none, ConfigError for a condition that is none.
    """
    found = Collection.below(ForeignPath(folder))
    for remark in found.remarks:
        notify(f"warning: {remark}")
    known = known_keys(found.rows)
    texts = [where] if isinstance(where, str) else where
    rows = chosen(found.rows, texts, known)
    return [{key: row.get(key) for key in known} for row in rows]
