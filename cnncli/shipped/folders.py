"""Where the files lie that come with the program."""

import os
from pathlib import Path

from cnncli.text import ForeignPath

_HERE = os.path.dirname(__file__)


def _folder(name: str, *in_project: str) -> Path:
    """In this folder, where a wheel has been installed; else in the project around the package."""
    installed = os.path.join(_HERE, name)
    project = os.path.dirname(os.path.dirname(_HERE))
    return ForeignPath(
        installed if os.path.isdir(installed) else os.path.join(project, *in_project)
    )


CONFIGS = _folder("configs", "configs")
"""Holds NAME.yaml."""
SETS = _folder("data", "data")
"""Holds a folder for each data set, like a data root."""
SCHEMA = ForeignPath(os.path.join(_HERE, "configuration.schema.json"))
"""What `cnn schema` prints, for editors that are told of a file."""
