"""The operators that a network becomes, with their weights and names."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import onnx
from onnx import helper, numpy_helper

from cnncli.exchange.by_family import ByFamily
from cnncli.graph.network import Node
from cnncli.lazy import Array

OPSET = 18
"""Of ONNX's own operators; since December 2022."""


class Value(NamedTuple):
    """What an operator gives: (N, C, H, W), or (N, C) where it is flat."""

    name: str
    flat: bool = False


class Operators:
    """Operators in the order in which they are added; those of a layer are named after it."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self._layer = ""
        self._counts: Counter[str] = Counter()

    def begin(self, layer: str) -> None:
        """What is added from now on belongs to this layer."""
        self._layer = layer

    def add(
        self, operator: str, *inputs: Value | str, flat: Any = None, **attributes: Any
    ) -> Value:
        """One more operator; flat: whether its output is, if not as its first input."""
        first = inputs[0]
        is_flat = isinstance(first, Value) and first.flat if flat is None else flat
        name = self._name(operator)
        names = [each.name if isinstance(each, Value) else each for each in inputs]
        self.nodes.append(helper.make_node(operator, names, [name], name, **attributes))
        return Value(name, is_flat)

    def weight(self, name: str, array: Array) -> str:
        """An array of the layer's, by its short name."""
        return self._keep(f"{self._layer}.{name}", np.ascontiguousarray(array))

    def number(self, value: float) -> str:
        """A number, which all places take."""
        return self._keep(self._name("number"), np.array(value, np.float32))

    def integers(self, *values: int) -> str:
        """Whole numbers: a shape, axes, or where to cut."""
        return self._keep(self._name("integers"), np.array(values, np.int64))

    def volume(self, x: Value) -> Value:
        """x as (N, C, H, W)."""
        return self.add("Unsqueeze", x, self.integers(2, 3), flat=False) if x.flat else x

    def alike(self, xs: Sequence[Value]) -> list[Value]:
        """All as they are if they are all flat, else all as volumes."""
        return list(xs) if all(x.flat for x in xs) else [self.volume(x) for x in xs]

    def by_channel(self, x: Value, name: str, array: Array) -> str:
        """An array (C,) of the layer's, for x."""
        return self.weight(name, array if x.flat else array[:, None, None])

    def reshape(self, x: Value, *shape: int, flat: bool = False) -> Value:
        """x in another shape, in which 0 is what the axis had, and -1 what is left."""
        return self.add("Reshape", x, self.integers(*shape), flat=flat)

    def cut(self, x: Value, axis: int, first: int, end: int, step: int = 1) -> Value:
        """x from `first` up to before `end` along an axis."""
        parts = (self.integers(number) for number in (first, end, axis, step))
        return self.add("Slice", x, *parts)

    def _keep(self, name: str, array: Array) -> str:
        self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def _name(self, what: str) -> str:
        """Of the layer's several operators of a kind the second has a number."""
        name = f"{self._layer}/{what}"
        self._counts[name] += 1
        return name if self._counts[name] == 1 else f"{name}{self._counts[name]}"


Arrays: TypeAlias = Mapping[str, Array]
"""A layer's parameters and running arrays, by their short names."""
WRITERS: ByFamily[Callable[..., Value]] = ByFamily(f"{__package__}.writers")
"""Functions of operators, a layer with its node and its arrays, and its inputs as values."""
writes = WRITERS.writes


def write(operators: Operators, node: Node, arrays: Arrays, xs: Sequence[Value]) -> Value:
    """The operators of one node. A layer that is for training alone has none.

    Raises UsageError where the family is not known.
    """
    operators.begin(node.name)
    if node.layer.is_for_training:
        return xs[0]
    return WRITERS.of(node.name, node.layer, "ONNX")(operators, node.layer, node, arrays, *xs)
