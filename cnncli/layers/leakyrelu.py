"""LEAKYRELU: x where it is positive, else a small share of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels

from .activations import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Activation):
    """Leaky rectified linear unit (Maas et al. 2013): negative numbers pass with a small slope."""

    NAMES = ("LEAKYRELU",)
    ELSEWHERE = ("LRELU", "LEAKY")
    SYNONYMS = {"alpha": "slope", "negative_slope": "slope"}

    slope: Annotated[
        float, Field(ge=0, lt=1, strict=True, description="factor of the negative numbers")
    ] = 0.01

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = max(x, slope x)."""
        y: Array = kernels.activations.leaky_relu(workspace, x, self.slope)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy where y > 0, else slope dy."""
        dx: Array = kernels.activations.leaky_relu_backward(workspace, kept, dy, self.slope)
        return dx
