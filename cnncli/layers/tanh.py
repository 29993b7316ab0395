"""TANH: the hyperbolic tangent of every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .base import Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Tanh(Layer):
    """The hyperbolic tangent: numbers between -1 and 1."""

    NAMES = ("TANH",)
    ELSEWHERE = ("HYPERBOLICTANGENT",)
    ACTIVATES = True
    KEEPS = "y"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = tanh x."""
        (x,) = xs
        y = kernels.activations.tanh(run.workspace, x)
        return y, y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy (1 - y y)."""
        y = cache
        return (kernels.activations.tanh_backward(run.workspace, y, dy),), {}
