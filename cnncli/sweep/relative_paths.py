"""Paths among the values of a sweep file, which are relative to it."""

import os
from pathlib import Path
from typing import Any

_PATHS = {("data", "root"), ("train", "start"), ("train", "start", "run")}


def in_file(key: str, value: Any, file: Path) -> Any:
    """The value of a key with its paths made absolute, as an override's would be the process's."""
    return _resolve(tuple(part.strip().lower() for part in key.split(".")), value, file.parent)


def _resolve(path: tuple[str, ...], value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {k: _resolve((*path, k.lower()), each, folder) for k, each in value.items()}
    if path in _PATHS and isinstance(value, str):
        return os.path.abspath(folder / os.path.expanduser(value))
    return value
