"""Sections that may be written as a bare name: `data: cifar10`, `optimizer: adam`."""

from dataclasses import MISSING, asdict, fields
from typing import Any

from cnncli.config.source_text.document import Document
from cnncli.problems import Path

from .sections import NAMED_SECTIONS
from .train import TrainSpec

_SHORT: tuple[Path, ...] = (("data",), *(("train", name) for name in NAMED_SECTIONS))


def write_out(document: Document) -> None:
    """Replaces each bare name by the mapping that it is short for."""
    for path in _SHORT:
        holder = _holder(document, path)
        value = holder.get(path[-1])
        if isinstance(value, str):
            holder[path[-1]] = {"name": value}
            document.places[(*path, "name")] = document.place(path)


def complete_unnamed(document: Document) -> None:
    """Keys of an optimizer, schedule or loss without a name change the default one."""
    defaults = {field.name: field.default for field in fields(TrainSpec)}
    for path in _SHORT[1:]:
        holder = _holder(document, path)
        value, default = holder.get(path[-1]), defaults[str(path[-1])]
        if isinstance(value, dict) and "name" not in value and default is not MISSING:
            holder[path[-1]] = asdict(default) | value


def _holder(document: Document, path: Path) -> dict[Any, Any]:
    """The mapping around the path, or an empty one."""
    value = document.value
    for part in path[:-1]:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
