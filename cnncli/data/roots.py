"""Where data sets are looked for."""

import os
from pathlib import Path

from cnncli.datasets.problems import in_utf8

ENVIRONMENT = "CNN_DATA"


def data_root(root: Path | None) -> Path:
    """`data.root` as given, else the folder named by $CNN_DATA, else ./data.

    Raises DataError where the whole path, which a run's files hold, is no text.
    """
    found = root if root is not None else Path(os.environ.get(ENVIRONMENT) or "data")
    in_utf8(found, os.path.realpath(found))
    return found
