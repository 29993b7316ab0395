"""The sections of a configuration file and their keys."""

from dataclasses import fields

from cnncli.schema.describe import choices, hints

from .data import DataSpec
from .limits import Limits
from .train import TrainSpec

TOP_LEVEL = {
    "name": "what runs are called; default: the file's name",
    "data": "the images to learn: a name, or the keys below",
    "architecture": "the layers, as a pattern or a list (required)",
    "defaults": "hyperparameters for each kind of layer; a list is dealt out in order",
    "blocks": "groups of layers by name, with parameters, used like layers",
    "variables": "numbers for the names in a pattern, and `POOL: off` for its `POOL?`",
    "fit": "what to do with places left over: strict (an error), crop or pad; default strict",
    "train": "how to train: the keys below",
    "limits": "what the network may cost at most: the keys below",
}
"""Every key of a file, and what it is for."""

NAMED_SECTIONS = ("loss", "optimizer", "schedule", "average", "on_divergence")
"""Parts of `train` that are one of several named kinds; a bare name is short for them."""


def keys_of_sections() -> dict[str, set[str]]:
    """The keys that each section knows; of a named section, those of all its kinds."""
    known = {
        "the top level": set(TOP_LEVEL),
        "data": {field.name for field in fields(DataSpec)},
        "train": {field.name for field in fields(TrainSpec)},
        "limits": {field.name for field in fields(Limits)},
    }
    for name in NAMED_SECTIONS:
        kinds = choices(hints(TrainSpec)[name]).values()
        known[f"train.{name}"] = {field.name for kind in kinds for field in fields(kind)}
    return known
