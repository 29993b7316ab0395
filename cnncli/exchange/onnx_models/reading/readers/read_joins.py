"""Sums, products and volumes put together; and functions that are written as such."""

from dataclasses import replace
from typing import Any

import numpy as np

from cnncli.exchange.as_yaml.part import Part
from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.layers.activations import (
    Gelu,
    HardSigmoid,
    HardSwish,
    Mish,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from cnncli.layers.affine import Affine
from cnncli.layers.base import Layer
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.merge import Add, Concat, Mul
from cnncli.layers.reshape import Scale
from cnncli.lazy import Array

from .read_functions import numbers_of


def _variables(parts: Parts, step: Step) -> list[Tensor]:
    return [numbers_of(parts, step, place) for place in range(len(step.inputs))]


def _join(parts: Parts, step: Step, layer: Layer, xs: list[Tensor]) -> Tensor:
    """Of vectors some may be flat."""
    forms = {x.form for x in xs}
    if len(forms) > 1 and not all(x.is_vector or x.form == "map" for x in xs):
        raise parts.refuse(step, "reads numbers in different orders")
    form = forms.pop() if len(forms) == 1 else "map"
    return parts.add(step, layer, *xs, form=form)


@reads("Concat")
def _concat(parts: Parts, step: Step) -> Tensor:
    xs, axis = _variables(parts, step), step.attributes.get("axis", 1)
    if any(x.form == "flat" and not x.is_vector for x in xs):
        raise parts.refuse(step, "joins volumes that were made flat")
    if any(x.axis(axis) != (3 if x.form == "last" else 1) for x in xs):
        raise parts.refuse(step, f"joins along the axis {axis}, and not the channels")
    return xs[0] if len(xs) == 1 else _join(parts, step, Concat(), xs)


@reads("Sum")
def _several(parts: Parts, step: Step) -> Tensor:
    xs = _variables(parts, step)
    return xs[0] if len(xs) == 1 else _join(parts, step, Add(), xs)


@reads("Add")
def _add(parts: Parts, step: Step) -> Tensor:
    """A constant may be the biases of the layer before; and 1 a part of GELU."""
    if (constant := _constant_place(parts, step)) is None:
        return _join(parts, step, Add(), _variables(parts, step))
    x = parts.tensor(step, 1 - constant)
    if x.form == "erf" and parts.same_number(step, constant) == 1:
        return x._replace(form="erf + 1")
    x = numbers_of(parts, step, 1 - constant)
    return _shift(parts, step, x, parts.per_channel(step, constant, x))


@reads("Sub")
def _subtract(parts: Parts, step: Step) -> Tensor:
    if _constant_place(parts, step) != 1:
        raise parts.refuse(step, "subtracts what depends on the images")
    x = numbers_of(parts, step)
    shift = parts.per_channel(step, 1, x)
    return _shift(parts, step, x, None if shift is None else -shift)


@reads("Mul")
def _multiply(parts: Parts, step: Step) -> Tensor:
    if (constant := _constant_place(parts, step)) is None:
        return _function(parts, step) or _join(parts, step, Mul(), _variables(parts, step))
    x = parts.tensor(step, 1 - constant)
    number = parts.same_number(step, constant)
    if x.form == "weighed" and number == 0.5:
        return _gelu(parts, step, x)
    if x.form == "erf + 1" and number == 0.5:
        return x._replace(form="share")
    x = numbers_of(parts, step, 1 - constant)
    return _scale(parts, step, x, parts.per_channel(step, constant, x))


@reads("Div")
def _divide(parts: Parts, step: Step) -> Tensor:
    if _constant_place(parts, step) != 1:
        raise parts.refuse(step, "divides by what depends on the images")
    x = numbers_of(parts, step)
    divisor = parts.per_channel(step, 1, x)
    if divisor is not None and not np.all(divisor):
        raise parts.refuse(step, "divides by 0")
    return _scale(parts, step, x, None if divisor is None else np.float32(1) / divisor)


def _constant_place(parts: Parts, step: Step) -> int | None:
    """Which of two inputs is constant."""
    places = [place for place in range(len(step.inputs)) if parts.is_constant(step, place)]
    return places[0] if places else None


def _function(parts: Parts, step: Step) -> Tensor | None:
    """x times a function of x, of which the layers are then read by nothing."""
    for place in (0, 1):
        x, other = parts.tensor(step, place), parts.tensor(step, 1 - place)
        if other.form == "erf + 1":
            return _with_erf(parts, step, x, other)
        if other.form == "share" and x.layer == other.layer and x.form == other.note:
            return _gelu(parts, step, other)
        if other.form not in ("map", "flat", "last"):
            continue
        part = parts.part_of(other)
        if part.inputs == (x.layer,) and x.form == other.form and x.layer != other.layer:
            if isinstance(part.layer, Sigmoid):
                return parts.add(step, Silu(), x, form=x.form)
            if isinstance(part.layer, HardSigmoid):
                return parts.add(step, HardSwish(), x, form=x.form)
        if isinstance(part.layer, Tanh):
            (inner,) = part.inputs
            softplus = parts.parts[inner]
            if isinstance(softplus.layer, Softplus) and softplus.inputs == (x.layer,):
                return parts.add(step, Mish(), x, form=x.form)
    return None


def _with_erf(parts: Parts, step: Step, x: Tensor, erf: Tensor) -> Tensor:
    """x (1 + erf(x / sqrt 2)), before or after x was halved."""
    if x.layer == erf.layer and x.form == erf.note:
        return erf._replace(form="weighed")
    half = parts.part_of(x)
    if isinstance(half.layer, Scale) and half.layer.by == 0.5 and half.inputs == (erf.layer,):
        return _gelu(parts, step, erf)
    raise parts.refuse(step, "is no part of a GELU")


def _gelu(parts: Parts, step: Step, of: Tensor) -> Tensor:
    return parts.add(step, Gelu(), of._replace(form=of.note, note=None), form=of.note)


def _shift(parts: Parts, step: Step, x: Tensor, by: Array | None) -> Tensor:
    """Added to the biases of the layer before, where nothing else reads it, or by a SCALE."""
    if by is None:
        raise parts.refuse(step, "adds other constants than one for each channel")
    if not by.any():
        return x
    part, layer = parts.part_of(x), parts.part_of(x).layer
    if x.layer not in parts.shared:
        if isinstance(layer, Conv | Fc) and not layer.bias:
            return _replaced(parts, x, replace(layer, bias=True), b=by)
        if _has_shift(layer):
            return _replaced(parts, x, layer, beta=part.arrays["beta"] + by)
        if isinstance(layer, Scale) and layer.trained:
            return _replaced(parts, x, replace(layer, shift=True), beta=by)
    ones = np.ones_like(by)
    return parts.add(step, Scale(by=1.0, trained=True), x, form=x.form, gamma=ones, beta=by)


def _has_shift(layer: Layer) -> bool:
    return isinstance(layer, Affine) or (isinstance(layer, Scale) and layer.trained and layer.shift)


def _scale(parts: Parts, step: Step, x: Tensor, by: Array | None) -> Tensor:
    """The same of factors; one for all numbers is a SCALE that is not trained."""
    if by is None:
        raise parts.refuse(step, "multiplies by other constants than one for each channel")
    if (by == 1).all():
        return x
    part, layer = parts.part_of(x), parts.part_of(x).layer
    if isinstance(layer, Affine) and layer.scale and x.layer not in parts.shared:
        scaled = {name: part.arrays[name] * by for name in ("gamma", "beta")}
        return _replaced(parts, x, layer, **scaled)
    if np.all(by == by[0]):
        return parts.add(step, Scale(by=float(by[0])), x, form=x.form)
    layer = Scale(by=1.0, trained=True, shift=False)
    return parts.add(step, layer, x, form=x.form, gamma=by)


def _replaced(parts: Parts, x: Tensor, layer: Layer, **arrays: Any) -> Tensor:
    """The value of the layer before, which has other arrays now."""
    before: Part = parts.parts[x.layer]
    found = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    parts.parts[x.layer] = before._replace(layer=layer, arrays={**before.arrays, **found})
    return x
