"""SIGMOID: 1 / (1 + exp(-x)) for every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .activations import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-x)): numbers between 0 and 1."""

    NAMES = ("SIGMOID",)
    ELSEWHERE = ("LOGISTIC",)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = 1 / (1 + exp(-x))."""
        y: Array = kernels.activations.sigmoid(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy y (1 - y)."""
        dx: Array = kernels.activations.sigmoid_backward(workspace, kept, dy)
        return dx
