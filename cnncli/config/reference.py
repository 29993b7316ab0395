"""The configuration reference, generated from the schemas."""

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from cnncli.config.network.names import usual_names
from cnncli.config.source_text.dump import flow
from cnncli.layers import families
from cnncli.loggers.logger import Logger
from cnncli.schema.describe import choices, describe, description, hints, summary_text
from cnncli.schema.kinds import kinds
from cnncli.schema.validation import serialise, shortest
from cnncli.text import join_words
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import ViewChange

from .data import DataSpec
from .limits import Limits
from .sections import NAMED_SECTIONS, TOP_LEVEL
from .start import Start
from .train import EarlyStopping, Group, TrainSpec

_KEYS = ("key", "meaning", "accepts", "default")


def reference() -> str:
    """Markdown: every key of a configuration file, what it means and accepts, and its default."""
    keys = [(f"`{key}`", meaning) for key, meaning in TOP_LEVEL.items()]
    parts = ["### Top level", _table(("key", "meaning"), keys)]
    parts.append("### Layers")
    for family in (families()[name] for name in usual_names()):
        usual, *others = family.spelling.names
        title = f"#### {usual}" + (f" (also {join_words(others)})" if others else "")
        parts += [title, summary_text(family), keys_table(family, family.spelling.synonyms.items())]
    parts += ["### `data`", keys_table(DataSpec)]
    for key, base in (("augment", Augmentation), ("views", ViewChange)):
        for name, schema in kinds(base).items():
            parts += [f"#### `{key}`: {name}", summary_text(schema), keys_table(schema)]
    parts += ["### `train`", keys_table(TrainSpec)]
    for section in NAMED_SECTIONS:
        for name, schema in choices(hints(TrainSpec)[section]).items():
            parts += [f"#### `{section}`: {name}", summary_text(schema), keys_table(schema)]
    parts += ["#### `groups`", summary_text(Group), keys_table(Group)]
    parts += ["#### `start`", summary_text(Start), keys_table(Start)]
    parts += ["#### `early_stopping`", summary_text(EarlyStopping), keys_table(EarlyStopping)]
    for name, schema in kinds(Logger).items():
        parts += [f"#### `log`: {name}", summary_text(schema), keys_table(schema)]
    parts += ["### `limits`", summary_text(Limits), keys_table(Limits)]
    return "\n\n".join(part for part in parts if part) + "\n"


def keys_table(schema: Any, synonyms: Iterable[tuple[str, str]] = ()) -> str:
    """A table of a section's keys, but for the name that chooses it."""
    rows = []
    for field in fields(schema):
        annotation = hints(schema)[field.name]
        accepted = describe(annotation)
        if field.name == "name" and accepted == field.default:
            continue
        names = [field.name, *(long for long, short in synonyms if short == field.name)]
        key = ", ".join(f"`{name}`" for name in names)
        rows.append((key, description(annotation), accepted, _default(schema, field)))
    return _table(_KEYS, rows) if rows else ""


def _default(schema: Any, field: "Field[Any]") -> str:
    if field.default is MISSING:
        return "required" if field.default_factory is MISSING else ""
    default = serialise(hints(schema)[field.name], field.default)
    return "" if default is None else f"`{flow(shortest(default))}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
