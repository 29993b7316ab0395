"""SILU: x times its sigmoid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .activations import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Silu(Activation):
    """Sigmoid linear unit x / (1 + exp(-x)), also called swish (Hendrycks and Gimpel 2016)."""

    NAMES = ("SILU", "SWISH")
    KEEPS = "x"

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = x s, with s = 1 / (1 + exp(-x))."""
        y: Array = kernels.activations.silu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy s (1 + x (1 - s))."""
        dx: Array = kernels.activations.silu_backward(workspace, kept, dy)
        return dx
