"""The sections of a configuration file and their keys."""

from dataclasses import MISSING, asdict, fields
from functools import cache
from typing import Any

from cnncli.config.source_text.document import Document
from cnncli.problems import Path
from cnncli.schema.describe import choices, hints

from .limits import Limits
from .train import TrainSpec

TOP_LEVEL = {
    "name": "what runs are called; default: the file's name",
    "data": "the images to learn: a name, or the keys below",
    "architecture": "the layers, as a pattern or a list (required)",
    "defaults": "hyperparameters for each kind of layer; a list is dealt out in order",
    "blocks": "groups of layers by name, with parameters, used like layers; `from` names files "
    "with more",
    "variables": "numbers for the names in a pattern, and `POOL: off` for its `POOL?`",
    "fit": "what to do with remaining places: strict (an error), crop or pad; default strict",
    "train": "how to train: the keys below",
    "limits": "what the network may cost at most: the keys below",
}
"""Every key of a file, and what it is for."""

NAMED_SECTIONS = ("loss", "optimizer", "schedule", "average", "on_divergence")
"""Parts of `train` that are one of several named kinds; a bare name is short for them."""


@cache
def sections_by_key() -> dict[str, list[str]]:
    """In which sections a key is known: `{"lr": ["train.optimizer", "train.groups"], ...}`."""
    from .data import DataSpec

    sections: dict[str, Any] = {
        "the top level": TOP_LEVEL,
        "data": hints(DataSpec),
        "train": hints(TrainSpec),
        "limits": hints(Limits),
    }
    for name in NAMED_SECTIONS:
        kinds = choices(hints(TrainSpec)[name]).values()
        sections[f"train.{name}"] = {key for kind in kinds for key in hints(kind)}
    found: dict[str, list[str]] = {}
    for section, keys in sections.items():
        for key in keys:
            found.setdefault(key, []).append(section)
    return found


def other_homes(key: str, section: str) -> list[str]:
    """The sections that know a key which this one does not; of a named one, by any of its kinds."""
    return [home for home in sections_by_key().get(key, ()) if home != section]


_NAMED: tuple[Path, ...] = tuple(("train", name) for name in NAMED_SECTIONS)
_SHORT: dict[Path, str] = {
    ("data",): "name",
    **dict.fromkeys(_NAMED, "name"),
    ("train", "start"): "run",
}
"""Sections that a text alone may stand for, and the key whose value it is."""


def write_out(document: Document) -> None:
    """Replaces each text alone by the mapping that it is short for."""
    for path, key in _SHORT.items():
        holder = _holder(document, path)
        value = holder.get(path[-1])
        if isinstance(value, str):
            holder[path[-1]] = {key: value}
            document.places[(*path, key)] = document.place(path)


def complete_unnamed(document: Document) -> None:
    """Keys of an optimizer, schedule or loss without a name change the default one."""
    defaults = {field.name: field.default for field in fields(TrainSpec)}
    for path in _NAMED:
        holder = _holder(document, path)
        value, default = holder.get(path[-1]), defaults[str(path[-1])]
        if isinstance(value, dict) and "name" not in value and default not in (None, MISSING):
            holder[path[-1]] = asdict(default) | value


def _holder(document: Document, path: Path) -> dict[Any, Any]:
    """The mapping around the path, or an empty one."""
    value = document.value
    for part in path[:-1]:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
