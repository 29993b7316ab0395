"""TANH: the hyperbolic tangent of every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .activations import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Tanh(Activation):
    """The hyperbolic tangent: numbers between -1 and 1."""

    NAMES = ("TANH",)
    ELSEWHERE = ("HYPERBOLICTANGENT",)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = tanh x."""
        y: Array = kernels.activations.tanh(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy (1 - y y)."""
        dx: Array = kernels.activations.tanh_backward(workspace, kept, dy)
        return dx
