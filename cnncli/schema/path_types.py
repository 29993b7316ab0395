"""Types of paths in a configuration."""

import os
from pathlib import Path
from typing import Annotated

from cnncli.bounds import MAX_PATH_BYTES
from cnncli.layers.constraints import AfterValidator, Check, Json, Written

PATH: Json = {"type": "string", "minLength": 1, "maxLength": MAX_PATH_BYTES - 1}
"""What is written for one."""


def _not_empty(value: object) -> object:
    if value == "":
        raise ValueError("expected a path that is not empty")
    return value


def _possible(path: Path) -> Path:
    if len(os.fsencode(path)) >= MAX_PATH_BYTES:
        raise ValueError(f"expected a path of fewer than {MAX_PATH_BYTES} bytes")
    return path


GivenPath = Annotated[Path, Check(_not_empty), AfterValidator(_possible), Written(PATH)]
"""As somebody has written it."""
