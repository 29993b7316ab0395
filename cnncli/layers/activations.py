"""What all activations have in common: a function of every number on its own."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .fields import Volume

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Activation(Layer):
    """A non-linear function of single numbers; KEEPS says by which volume its gradient is told."""

    ACTIVATES = True
    KEEPS = "y"

    @abstractmethod
    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y."""

    @abstractmethod
    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx, from dy and the volume in KEEPS."""

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
        """y, and the volume that backward needs."""
        (x,) = xs
        y = self.function(run.workspace, x)
        return y, x if self.KEEPS == "x" else y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx."""
        return (self.gradient(run.workspace, cache, dy),), {}
