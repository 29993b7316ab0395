"""SIGMOID: 1 / (1 + exp(-x)) for every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .base import Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Layer):
    """The logistic function 1 / (1 + exp(-x)): numbers between 0 and 1."""

    NAMES = ("SIGMOID",)
    ELSEWHERE = ("LOGISTIC",)
    ACTIVATES = True
    KEEPS = "y"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = 1 / (1 + exp(-x))."""
        (x,) = xs
        y = kernels.activations.sigmoid(run.workspace, x)
        return y, y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy y (1 - y)."""
        y = cache
        return (kernels.activations.sigmoid_backward(run.workspace, y, dy),), {}
