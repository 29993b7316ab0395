"""What a resumed run does otherwise than before, as lines for whoever resumes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.config.data import DataSpec
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.schema.validation import serialise
from cnncli.training.session import Session

_WIDTH = 60
"""Of the lines behind which stands in one column who has made the change."""


def changes(spec: Specification, old: Specification, given: Specification) -> list[str]:
    """What a resumed run does otherwise than before, as lines of a diff: `- key: was`, `+ key: is`.

    Of two complete configurations, as runs record them; behind each change who has made it, by the
    configuration as it was `given`.
    """
    now, before = _settings(spec), _settings(old)
    lines = []
    for path in sorted(now.keys() | before.keys()):
        was, new = before.get(path), now.get(path)
        if was != new:
            lines += [(f"- {path}: {was}", "")] if was is not None else []
            lines += [(f"+ {path}: {new}", "")] if new is not None else []
            lines[-1] = (lines[-1][0], f"({_origin(given, path)})")
    width = min(_WIDTH, max((len(line) for line, made_by in lines if made_by), default=0))
    return [f"{line:<{width}}  {made_by}" if made_by else line for line, made_by in lines]


def new_rate(session: Session, old: TrainSpec, lr_factor: float) -> str | None:
    """The learning rate from here on beside the last one, where another one was to come.

    old: as the last step was done, with lr_factor, what rollbacks had made of the rate.
    """
    step, steps, now = session.progress.step, session.train.steps, session.spec.train

    def rate(train: TrainSpec, factor: float, step: int) -> float:
        total = train.epochs * steps
        return factor * train.schedule.rate(train.optimizer.lr, step, steps, total)

    if not 0 < step <= old.epochs * steps or step >= session.total_steps:
        return None
    last = rate(old, lr_factor, step - 1)
    planned = rate(old, lr_factor, step) if step < old.epochs * steps else last
    following = rate(now, session.progress.lr_factor, step)
    if following == planned:
        return None
    return f"learning rate: {last:.3g} at the last step, {following:.3g} from here on"


def _origin(spec: Specification, path: str) -> str:
    """Who says what the value of a key like `train.epochs` is."""
    keys = tuple(path.split("."))
    inside = [this.place for this in spec.overrides if this.path[: len(keys)] == keys]
    place = inside[-1] if inside else spec.place(*keys)
    if place.line is None and place.file != spec.file:
        return "this command" if place.file.startswith("--set ") else "an earlier command"
    unsaid = {"train.threads": spec.train.threads, "data.root": spec.data and spec.data.root}
    return "this machine" if unsaid.get(path, path) is None else "the file"


def _settings(spec: Specification) -> dict[str, str]:
    """Every value of the data and train sections by its path, as one would write it."""
    sections = {"train": serialise(TrainSpec, spec.train)}
    if spec.data:
        sections["data"] = serialise(DataSpec, spec.data)
    return {"name": spec.name} | dict(_flat(sections, ""))


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", flow(value)
