"""GELU: x times the probability that a standard normal number is smaller."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels
from cnncli.kernels.blocks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Gelu(Layer):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    NAMES = ("GELU",)
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
        """y = x Phi(x), Phi the normal distribution."""
        (x,) = xs
        return kernels.activations.gelu(run.workspace, x), x, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy (Phi(x) + x phi(x)), phi the normal density."""
        x = cache
        return (kernels.activations.gelu_backward(run.workspace, x, dy),), {}
