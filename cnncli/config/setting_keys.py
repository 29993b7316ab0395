"""The keys that the sections of a configuration may have, as paths: `train.optimizer.lr`."""

from collections.abc import Iterator
from typing import Any

from cnncli.schema.describe import bare, choices, hints, is_section

from .data import DataSpec
from .limits import Limits
from .sections import NAMED_SECTIONS
from .specification import Specification
from .train import TrainSpec


def setting_keys(spec: Specification | None = None) -> list[str]:
    """Those of all kinds of optimizers, schedules and so on; of a configuration, of its own."""
    return [
        "fit",
        *_keys("data", DataSpec, spec and spec.data),
        *_keys("train", TrainSpec, spec and spec.train),
        *_keys("limits", Limits, None),
    ]


def _keys(path: str, schema: Any, value: Any) -> Iterator[str]:
    """The keys of a section; of a part that may be of several kinds, those of its kind."""
    for name, annotation in hints(schema).items():
        yield f"{path}.{name}"
        part, inner = getattr(value, name, None), bare(annotation)
        if name in NAMED_SECTIONS and (kinds := choices(inner)):
            yield f"{path}.{name}.name"
            for kind in kinds.values() if part is None else (type(part),):
                yield from _keys(f"{path}.{name}", kind, None)
        elif is_section(inner):
            yield from _keys(f"{path}.{name}", inner, part)
