"""Functions of single numbers, and what is for training alone."""

import math
from collections.abc import Callable

import numpy as np

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.layers.activations import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Prelu,
    Relu,
    Relu6,
    Sigmoid,
    Softplus,
    Tanh,
)
from cnncli.layers.base import Layer
from cnncli.layers.dropout import Dropout
from cnncli.layers.reshape import Scale
from cnncli.layers.softmax import Softmax

_PLAIN: dict[str, Callable[[], Layer]] = {
    "Relu": Relu,
    "Sigmoid": Sigmoid,
    "Tanh": Tanh,
    "Softplus": Softplus,
    "HardSwish": HardSwish,
    "Mish": Mish,
}
_FLOAT = 1
"""TensorProto's number for float32."""


def numbers_of(parts: Parts, step: Step, place: int = 0) -> Tensor:
    """An input whose numbers may lie in any order."""
    x = parts.tensor(step, place)
    if x.form not in ("map", "flat", "last"):
        raise parts.refuse(step, "reads numbers in an order that no layer has")
    return x


@reads(*_PLAIN)
def _plain(parts: Parts, step: Step) -> Tensor:
    return _add(parts, step, _PLAIN[step.operator]())


def _add(parts: Parts, step: Step, layer: Layer) -> Tensor:
    x = numbers_of(parts, step)
    return parts.add(step, layer, x, form=x.form)


@reads("LeakyRelu")
def _leaky_relu(parts: Parts, step: Step) -> Tensor:
    slope = step.attributes.get("alpha", 0.01)
    if not 0 <= slope < 1:
        raise parts.refuse(step, f"has the slope {slope:g}; here it is at least 0 and less than 1")
    return _add(parts, step, LeakyRelu(slope=shortest_float(slope)))


@reads("Elu")
def _elu(parts: Parts, step: Step) -> Tensor:
    return _add(parts, step, Elu(alpha=shortest_float(step.attributes.get("alpha", 1.0))))


def shortest_float(value: float) -> float:
    """The shortest number that is the same in float32."""
    return float(str(np.float32(value)))


@reads("PRelu")
def _prelu(parts: Parts, step: Step) -> Tensor:
    x = numbers_of(parts, step)
    slopes = parts.per_channel(step, 1, x)
    if slopes is None:
        raise parts.refuse(step, "has slopes that are not those of channels")
    if parts.constant(step, 1).size == 1:
        return parts.add(step, Prelu(slopes="one"), x, form=x.form, slope=slopes[:1])
    return parts.add(step, Prelu(), x, form=x.form, slope=slopes)


@reads("HardSigmoid")
def _hard_sigmoid(parts: Parts, step: Step) -> Tensor:
    alpha, beta = step.attributes.get("alpha", 0.2), step.attributes.get("beta", 0.5)
    if not (math.isclose(alpha, 1 / 6, rel_tol=1e-5) and beta == 0.5):
        raise parts.refuse(step, f"is clip({alpha:g} x + {beta:g}); here it is clip(x/6 + 0.5)")
    return _add(parts, step, HardSigmoid())


@reads("Gelu")
def _gelu(parts: Parts, step: Step) -> Tensor:
    if step.attributes.get("approximate", "none") != "none":
        raise parts.refuse(step, "is an approximation; here it is exact")
    return _add(parts, step, Gelu())


@reads("Clip")
def _clip(parts: Parts, step: Step) -> Tensor:
    least = parts.number(step, "min", 1, -math.inf)
    most = parts.number(step, "max", 2, math.inf)
    if (least, most) == (-math.inf, math.inf):
        return parts.tensor(step)
    if least == 0 and most == 6:
        return _add(parts, step, Relu6())
    if least == 0 and most > 1e38:
        return _add(parts, step, Relu())
    raise parts.refuse(step, f"cuts at {least:g} and {most:g}; here that is 0 and 6, or 0 alone")


@reads("Erf")
def _erf(parts: Parts, step: Step) -> Tensor:
    """A part of GELU, of which `Mul` finds the rest: erf(x / sqrt 2)."""
    x = numbers_of(parts, step)
    before = parts.part_of(x)
    layer = before.layer
    if not isinstance(layer, Scale) or not math.isclose(layer.by, math.sqrt(0.5), rel_tol=1e-5):
        raise parts.refuse(step, "is no part of a GELU")
    (source,) = before.inputs
    return Tensor(source, x.volume, "erf", x.form)


@reads("Softmax")
def _softmax(parts: Parts, step: Step) -> Tensor:
    x = numbers_of(parts, step)
    axis = step.attributes.get("axis", 1 if parts.model.opset < 13 else -1)
    if not x.is_vector or (x.axis(axis) != 1 and x.form != "last"):
        raise parts.refuse(step, "is not over the classes of an image")
    return parts.add(step, Softmax(), x, form=x.form)


@reads("Dropout")
def _dropout(parts: Parts, step: Step) -> Tensor:
    x = parts.tensor(step)
    rate = parts.number(step, "ratio", 1, 0.5)
    if parts.constant(step, 2, False).any():
        raise parts.refuse(step, "drops in evaluation too")
    if not 0 < rate < 1 or x.form not in ("map", "flat", "last"):
        return x
    return parts.add(step, Dropout(rate=shortest_float(rate)), x, form=x.form)


@reads("Identity")
def _identity(parts: Parts, step: Step) -> Tensor:
    return parts.tensor(step)


@reads("Cast")
def _cast(parts: Parts, step: Step) -> Tensor:
    if step.attributes.get("to") != _FLOAT:
        raise parts.refuse(step, "makes other numbers than float32")
    return parts.tensor(step)
