"""GELU: x times the probability that a standard normal number is smaller."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .activation import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    NAMES = ("GELU",)
    KEEPS = "x"

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = x Phi(x), Phi the normal distribution."""
        y: Array = kernels.activations.gelu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy (Phi(x) + x phi(x)), phi the normal density."""
        dx: Array = kernels.activations.gelu_backward(workspace, kept, dy)
        return dx
