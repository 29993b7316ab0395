"""RELU: max(0, x) for every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnncli import kernels

from .activations import Activation

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Relu(Activation):
    """Rectified linear unit: the threshold at zero. No parameters, no hyperparameters."""

    NAMES = ("RELU",)
    ELSEWHERE = ("RECTIFIER", "ACTIVATION")

    def finishes_as(self, training: bool) -> Literal["rectified"]:
        """What is negative is cut off."""
        return "rectified"

    def is_non_decreasing(self) -> bool:
        """It never falls."""
        return True

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = max(0, x)."""
        y: Array = kernels.elementwise.relu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy where y > 0, else 0."""
        dx: Array = kernels.elementwise.relu_backward(workspace, kept, dy)
        return dx
