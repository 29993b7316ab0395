"""SILU: x times its sigmoid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels
from cnncli.kernels.blocks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Silu(Layer):
    """Sigmoid linear unit x / (1 + exp(-x)), also called swish (Hendrycks and Gimpel 2016)."""

    NAMES = ("SILU", "SWISH")
    ACTIVATES = True
    KEEPS = "x"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """A pass over some images at a time."""
        return Cost(workspace_bytes=PASS_BYTES)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = x s, with s = 1 / (1 + exp(-x))."""
        (x,) = xs
        return kernels.activations.silu(run.workspace, x), x, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy s (1 + x (1 - s))."""
        x = cache
        return (kernels.activations.silu_backward(run.workspace, x, dy),), {}
