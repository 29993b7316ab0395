"""The text of a configuration to begin with."""

import os
from collections.abc import Iterator
from pathlib import Path

from cnncli.config.source_text.dump import flow
from cnncli.shipped.folders import SCHEMA
from cnncli.text import count, in_shell, printable, short

from .choice import Choice
from .survey import Survey

_SHOWN = 300
"""Characters of a comment that lists classes."""


def configuration(found: Survey, choice: Choice, file: Path) -> str:
    """YAML with comments. file: where it is to be written, from where paths in it begin."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA.as_uri()}",
        f"# {_what(found)}",
        "# Written by `cnn init`; every value may be changed, and every other key be added.",
        "data:",
        *_data(found, choice, file.parent),
        *(
            []
            if choice.divides
            else ["fit: pad  # where a POOL does not fit, a row of zeros is added"]
        ),
        "# pairs of 3x3 filters, twice as many where POOL has halved the image; to see the sizes:",
        f"# cnn shapes {in_shell(file)}",
        "architecture: >",
        *_architecture(choice),
        "train:",
        *_train(choice),
    ]
    return "\n".join(lines) + "\n"


def _what(found: Survey) -> str:
    images = count(found.images, "image")
    return (
        f"{images} of {found.size} to train on, in {count(len(found.counts), 'class', 'classes')}"
    )


def _data(found: Survey, choice: Choice, folder: Path) -> Iterator[str]:
    yield f"  name: {found.name}"
    if found.root:
        inside = found.root if found.root.is_absolute() else os.path.relpath(found.root, folder)
        yield f"  root: {flow(str(inside))}  # seen from this file"
    if found.root:
        classes = ", ".join(f"{name} ({number})" for name, number in found.counts.items())
        yield f"  # classes: {printable(short(classes, _SHOWN))}"
    if found.is_scaled:
        note = (
            "of all images"
            if choice.size == found.size
            else f"all are scaled to it from about {found.size}; a larger one takes longer"
        )
        yield f"  size: {choice.size}  # {note}"
    if found.is_damaged:
        yield "  damaged: skip  # files that cannot be read; `cnn data verify` names them"
    if choice.validation:
        yield f"  validation: {choice.validation}  # held out; the network best on them is kept"
    elif not found.has_validation:
        yield "  # validation: 0.1  # to hold some out and keep the best network; there are few"
    if choice.is_balanced:
        yield "  sampler: balanced  # classes with few images are shown as often as the others"
    changes = f"{{crop: {choice.shift}}}"
    if choice.size.D == 3:
        yield f"  augment: [flip, {changes}]  # mirrored, moved; without flip where sides matter"
    else:
        yield f"  augment: [{changes}]  # moved by {choice.shift} at most; flip mirrors"


def _architecture(choice: Choice) -> Iterator[str]:
    yield "  INPUT"
    *first, last = choice.filters
    for filters in first:
        yield f"  -> [CONV3-{filters} -> BN -> RELU]*2 -> POOL"
    yield f"  -> [CONV3-{last} -> BN -> RELU]*2 -> POOL(F=global, mode=average)"
    yield "  -> FC"


def _train(choice: Choice) -> Iterator[str]:
    yield f"  epochs: {choice.epochs}  # passes over the images; twice as many may be better"
    yield f"  batch_size: {choice.batch_size}  # images in a step"
    yield (
        f"  optimizer: {{name: sgd, lr: {choice.lr}, momentum: 0.9, nesterov: true, "
        "weight_decay: 5e-4}"
    )
    yield "  schedule: {name: one-cycle, warmup: 0.2}  # the rate rises to lr, and falls to 0"
