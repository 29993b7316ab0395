"""LEAKYRELU: x where it is positive, else a small share of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.blocks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Layer):
    """Leaky rectified linear unit (Maas et al. 2013): negative numbers pass with a small slope."""

    NAMES = ("LEAKYRELU",)
    ELSEWHERE = ("LRELU", "LEAKY")
    SYNONYMS = {"alpha": "slope", "negative_slope": "slope"}
    ACTIVATES = True
    KEEPS = "y"

    slope: Annotated[
        float, Field(ge=0, lt=1, strict=True, description="factor of the negative numbers")
    ] = 0.01

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
        """y = max(x, slope x)."""
        (x,) = xs
        y = kernels.activations.leaky_relu(run.workspace, x, self.slope)
        return y, y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy where y > 0, else slope dy."""
        y = cache
        return (kernels.activations.leaky_relu_backward(run.workspace, y, dy, self.slope),), {}
