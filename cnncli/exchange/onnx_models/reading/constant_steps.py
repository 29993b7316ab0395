"""Operators whose inputs are all constant: what exporters write for shapes, and with weights."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from cnncli.bounds import MAX_COMPUTED

from .model_file import Step
from .network_parts import Parts

Array = NDArray[Any]


def compute(parts: Parts, step: Step) -> bool:
    """Notes what a step gives if all that it reads is constant, and says whether it is.

    Raises DataError where it is, and cannot be computed here.
    """
    if not all(not name or name in parts.constants for name in step.inputs):
        return False
    function = _FUNCTIONS.get(step.operator)
    if function is None:
        raise parts.refuse(step, "computes with constants; fold them before, with onnxsim")
    given = [parts.constants[name] for name in step.inputs if name]
    try:
        parts.computed += _size(step, given)
        if parts.computed > MAX_COMPUTED:
            raise parts.refuse(step, "computes more constants than are possible")
        with np.errstate(all="ignore"):
            found = np.asarray(function(step.attributes, *given))
        if found.dtype.kind not in "biuf":
            raise ValueError
        parts.constants[step.outputs[0]] = found
    except (ValueError, IndexError, TypeError, KeyError, MemoryError, OverflowError):
        raise parts.refuse(step, "has constants that do not go together") from None
    return True


def _size(step: Step, given: list[Array]) -> int:
    """At most how many numbers come out, before memory is taken for them."""
    if step.operator == "ConstantOfShape":
        return prod(given[0].reshape(-1).tolist())
    if step.operator == "Gather":
        return given[1].size * given[0].size
    if len(given) == 2 and step.operator in _OF_TWO:
        return prod(np.broadcast_shapes(given[0].shape, given[1].shape))
    return sum(array.size for array in given)


def _constant(given: Mapping[str, Any]) -> Array:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in given:
            value = np.asarray(given[name])
            return value.astype(np.float32) if name.startswith("value_float") else value
    raise KeyError


def _filled(given: Mapping[str, Any], shape: Array) -> Array:
    value = np.asarray(given.get("value", np.zeros(1, np.float32)))
    return np.full(shape.tolist(), value.reshape(-1)[0], value.dtype)


def _reshape(given: Mapping[str, Any], x: Array, shape: Array) -> Array:
    wanted = [x.shape[at] if n == 0 else int(n) for at, n in enumerate(shape.reshape(-1).tolist())]
    return x.reshape(wanted)


def _axes(given: Mapping[str, Any], rest: tuple[Array, ...]) -> tuple[int, ...]:
    axes = given.get("axes", rest[0].reshape(-1).tolist() if rest else ())
    return tuple(int(axis) for axis in axes)


def _unsqueeze(given: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    return np.expand_dims(x, _axes(given, rest))


def _squeeze(given: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    return np.squeeze(x, _axes(given, rest) or None)


def _cast(given: Mapping[str, Any], x: Array) -> Array:
    return x.astype(helper.tensor_dtype_to_np_dtype(given["to"]))


def _slice(given: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    """Attributes up to opset 9, inputs later."""
    named = [given[name] for name in ("starts", "ends", "axes") if name in given]
    parts = named or [each.reshape(-1).tolist() for each in rest]
    count = len(parts[0])
    usual = [parts[0], parts[1], list(range(count)), [1] * count]
    cut = [slice(None)] * x.ndim
    for first, end, axis, step in zip(*parts, *usual[len(parts) :], strict=True):
        cut[axis] = slice(first, end, step)
    return x[tuple(cut)]


def _transpose(given: Mapping[str, Any], x: Array) -> Array:
    return x.transpose(given.get("perm"))


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of two constants."""

    def of(given: Mapping[str, Any], a: Array, b: Array) -> Any:
        return function(a, b).astype(a.dtype)

    return of


def _divide(a: Array, b: Array) -> Any:
    return a / b if a.dtype.kind == "f" else a // b


_OF_TWO = ("Add", "Div", "Mul", "Sub")
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "Add": _whole(np.add),
    "Cast": _cast,
    "Concat": lambda given, *xs: np.concatenate(xs, axis=given["axis"]),
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Div": _whole(_divide),
    "Gather": lambda given, x, at: np.take(x, at, axis=given.get("axis", 0)),
    "Identity": lambda given, x: x,
    "Mul": _whole(np.multiply),
    "Reshape": _reshape,
    "Shape": lambda given, x: np.array(x.shape, np.int64),
    "Slice": _slice,
    "Sqrt": lambda given, x: np.sqrt(x),
    "Squeeze": _squeeze,
    "Sub": _whole(np.subtract),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
