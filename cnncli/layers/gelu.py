"""GELU: x times the probability that a standard normal number is smaller."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels
from cnncli.kernels.chunks import PASS_BYTES

from .activations import Activation
from .base import Cost, Params, Run, Shapes

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    NAMES = ("GELU",)
    KEEPS = ""

    def cost(self, in_shapes: Shapes) -> Cost:
        """The derivative is kept, as large as the volume."""
        (volume,) = in_shapes
        return Cost(cache_bytes=4 * volume.size, workspace_bytes=PASS_BYTES)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = x Phi(x), Phi the normal distribution."""
        y: Array = kernels.activations.gelu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy (Phi(x) + x phi(x)), phi the normal density."""
        dx: Array = kernels.elementwise.product(workspace, kept, dy)
        return dx

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y; in training with the derivative, which shares the costly part."""
        if not run.training:
            return super().forward(run, params, state, *xs)
        (x,) = xs
        y, slope = kernels.activations.gelu_and_slope(run.workspace, x)
        return y, slope, {}
