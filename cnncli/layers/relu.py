"""RELU: max(0, x) for every number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels
from cnncli.kernels.blocks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .hyperparameters import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Relu(Layer):
    """Rectified linear unit: the threshold at zero. No parameters, no hyperparameters."""

    NAMES = ("RELU",)
    ELSEWHERE = ("RECTIFIER", "ACTIVATION")
    ACTIVATES = True
    KEEPS = "y"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """A mask for some images at a time."""
        return Cost(workspace_bytes=PASS_BYTES // 2)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = max(0, x)."""
        (x,) = xs
        y = kernels.elementwise.relu(run.workspace, x)
        return y, y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy where y > 0, else 0."""
        y = cache
        return (kernels.elementwise.relu_backward(run.workspace, y, dy),), {}
