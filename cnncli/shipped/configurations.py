"""Configurations that come with the program, by their names."""

import os
import re
from itertools import takewhile
from pathlib import Path

from cnncli.text import ForeignPath, closest

from .folders import CONFIGS

SUFFIX = ".yaml"


class Shipped(ForeignPath):
    """The name of a configuration that comes with the program, in the place of a path.

    Its `data.root` means the project's folder, and is left out.
    """

    __slots__ = ()

    @property
    def source(self) -> Path:
        """The file."""
        return CONFIGS / f"{self}{SUFFIX}"


def names() -> list[str]:
    """All of them, in the order of the alphabet."""
    try:
        files = os.listdir(CONFIGS)
    except OSError:  # an installation without them
        return []
    return sorted(file.removesuffix(SUFFIX) for file in files if file.endswith(SUFFIX))


def find(path: Path) -> Path:
    """The configuration that is meant: the file there, else a file NAME.yaml, else Shipped."""
    if isinstance(path, Shipped) or (os.path.lexists(path) and not os.path.isdir(path)):
        return path
    if path.suffix or len(path.parts) != 1:
        return path
    written = ForeignPath(f"{path}{SUFFIX}")
    if os.path.lexists(written):
        return written
    return Shipped(path) if str(path) in names() else path


def suggestion(path: Path) -> str:
    """What to say beside that there is no such file: which one is meant, if one may be."""
    known = names()
    found = path.stem if path.stem in known else None
    if not path.suffix and len(path.parts) == 1:
        found = closest(path.stem, known)
    return f"; did you mean {found}, which comes with cnn?" if found else ""


def about(text: str) -> str:
    """What the comment at a configuration's beginning says first."""
    lines = takewhile(lambda line: line.startswith("#"), text.splitlines())
    comment = " ".join(line.lstrip("# ") for line in lines)
    return re.split(r"[;:] |, [\d,]+ parameters", comment, maxsplit=1)[0]
