"""A network that is read from an ONNX model, with its weights."""

from pathlib import Path

import numpy as np

from cnncli.data.channel_stats import ChannelStats
from cnncli.datasets.problems import problem
from cnncli.exchange.as_yaml.part import Part
from cnncli.exchange.imported import Imported, is_possible
from cnncli.layers.reshape import Scale

from .constant_steps import compute
from .model_file import Model, Step, read_model
from .network_parts import INPUT, Parts, Tensor, read_step
from .own_file import own_network


def read_network(path: Path, *, fold: bool = False) -> Imported:
    """The network of a file. fold: as `network_lines` takes it.

    Raises DataError where the model is none, or no network here does what it does.
    """
    model = read_model(path)
    return own_network(model, fold=fold) or _by_operators(model, fold)


def _by_operators(model: Model, fold: bool) -> Imported:
    path, parts = model.path, Parts(model)
    for step in _needed(model):
        if not compute(parts, step):
            read_step(parts, step)
    scores = parts.tensors.get(model.scores)
    if scores is None or scores.form not in ("map", "flat"):
        raise problem(path, f"class scores in {model.scores}", "something else", "name them first")
    kept = _read_by(parts, scores)
    stats = None
    if model.is_bytes:
        kept, stats = _normalisation(kept, model.volume.D)
    return Imported.of(path, kept, fold=fold, digest=model.digest, stats=stats)


def _needed(model: Model) -> list[Step]:
    """The steps on whose outputs the scores depend, in their order."""
    wanted, found = {model.scores}, []
    for step in reversed(model.steps):
        if wanted.intersection(step.outputs):
            wanted.update(step.inputs)
            found.append(step)
    return found[::-1]


def _read_by(parts: Parts, scores: Tensor) -> list[Part]:
    """The layers on which the scores depend, in their order."""
    wanted, found = {scores.layer}, []
    for part in reversed(parts.parts.values()):
        if part.name in wanted:
            wanted.update(part.inputs)
            found.append(part)
    return found[::-1]


def _normalisation(parts: list[Part], depth: int) -> tuple[list[Part], ChannelStats]:
    """What SCALEs of the bytes alone do is no layer, but how images are normalised."""
    scale, shift = np.ones(depth), np.zeros(depth)
    kept = parts
    stats = ChannelStats((0.0,) * depth, (1.0,) * depth)
    while len(parts) > 2 and isinstance(layer := parts[1].layer, Scale):
        image, first, *others = parts
        if sum(part.inputs.count(INPUT) for part in others):
            break
        by = np.float64(first.arrays.get("gamma", layer.by))
        scale, shift = by * scale, by * shift + first.arrays.get("beta", 0.0)
        parts = [image, *(_without(first.name, part) for part in others)]
        if (scale > 0).all():
            found = ChannelStats(*(tuple(each.tolist()) for each in (-shift / scale, 1 / scale)))
            if is_possible(found, depth):
                kept, stats = parts, found
    return kept, stats


def _without(name: str, part: Part) -> Part:
    """A layer that reads the images where it read the one of that name."""
    return part._replace(inputs=tuple(INPUT if each == name else each for each in part.inputs))
