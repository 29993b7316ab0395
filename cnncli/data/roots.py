"""Where data sets are looked for."""

import os
from pathlib import Path

ENVIRONMENT = "CNN_DATA"


def data_root(root: Path | None) -> Path:
    """`data.root` as given, else the folder named by $CNN_DATA, else ./data."""
    return root if root is not None else Path(os.environ.get(ENVIRONMENT) or "data")
