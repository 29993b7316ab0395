"""Normalisations."""

import numpy as np

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.layers.group_normalization import GroupNorm, InstanceNorm
from cnncli.layers.normalization import BatchNorm, LayerNorm, Lrn

from .read_functions import shortest_float

_SCALE_OF_CHANNELS = 21
"""The opset from which on the scales of GroupNormalization are of channels, and not of groups."""


@reads("BatchNormalization")
def _batch_norm(parts: Parts, step: Step) -> Tensor:
    """By the running statistics. ONNX's momentum is the share of the old ones."""
    given = step.attributes
    if given.get("training_mode", 0) or not given.get("spatial", 1):
        raise parts.refuse(step, "is by the statistics of a batch, or of single places")
    x = parts.tensor(step)
    if x.form != "last" and not (x.form == "flat" and x.is_vector):
        x = parts.map_of(step, x)
    momentum = shortest_float(1 - given.get("momentum", 0.9))
    layer = BatchNorm(eps=shortest_float(given.get("epsilon", 1e-5)), momentum=momentum or 0.1)
    arrays = {
        name: parts.constant(step, place)
        for place, name in enumerate(("gamma", "beta", "mean", "var"), 1)
    }
    return parts.add(step, layer, x, form=x.form, **arrays)


@reads("InstanceNormalization")
def _instance_norm(parts: Parts, step: Step) -> Tensor:
    """Over lines, which groups of channels have become, it is a GROUPNORM."""
    x, eps = parts.tensor(step), shortest_float(step.attributes.get("epsilon", 1e-5))
    gamma, beta = parts.constant(step, 1), parts.constant(step, 2)
    if x.form != "lines":
        x = parts.map_of(step, x)
        return parts.add(step, InstanceNorm(eps=eps), x, gamma=gamma, beta=beta)
    each = x.volume.D // x.note
    if len(gamma) != x.note or len(beta) != x.note:
        raise parts.refuse(step, "has other numbers than its groups")
    layer = GroupNorm(eps=eps, groups=x.note)
    affine = {"gamma": np.repeat(gamma, each), "beta": np.repeat(beta, each)}
    return parts.add(step, layer, x, form="lines", **affine)._replace(note=x.note)


@reads("GroupNormalization")
def _group_norm(parts: Parts, step: Step) -> Tensor:
    x, groups = parts.map_of(step, parts.tensor(step)), step.attributes.get("num_groups", 1)
    gamma, beta = parts.constant(step, 1), parts.constant(step, 2)
    if parts.model.opset < _SCALE_OF_CHANNELS and groups and x.volume.D % groups == 0:
        gamma, beta = (np.repeat(each, x.volume.D // groups) for each in (gamma, beta))
    layer = GroupNorm(eps=shortest_float(step.attributes.get("epsilon", 1e-5)), groups=groups)
    return parts.add(step, layer, x, gamma=gamma, beta=beta)


@reads("LayerNormalization")
def _layer_norm(parts: Parts, step: Step) -> Tensor:
    """Over the last axis, where that are the channels."""
    x, axis = parts.tensor(step), step.attributes.get("axis", -1)
    is_vector = x.form == "flat" and x.is_vector
    if not (is_vector and axis in (-1, 1)) and not (x.form == "last" and axis in (-1, 3)):
        raise parts.refuse(step, "is over other axes than the channels")
    layer = LayerNorm(eps=shortest_float(step.attributes.get("epsilon", 1e-5)))
    beta = parts.constant(step, 2, np.zeros(x.volume.D))
    return parts.add(step, layer, x, form=x.form, gamma=parts.constant(step, 1), beta=beta)


@reads("LRN")
def _local_response(parts: Parts, step: Step) -> Tensor:
    """ONNX divides alpha by the number of channels."""
    given, x = step.attributes, parts.map_of(step, parts.tensor(step))
    n = given.get("size", 1)
    if n % 2 == 0:
        raise parts.refuse(step, f"has {n} neighbours, of which one more lies behind")
    layer = Lrn(
        n=n,
        k=shortest_float(given.get("bias", 1.0)),
        alpha=shortest_float(given.get("alpha", 1e-4) / n),
        beta=shortest_float(given.get("beta", 0.75)),
    )
    return parts.add(step, layer, x)
