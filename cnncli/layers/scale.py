"""SCALE: every number times a constant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .fields import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Scale(Layer):
    """Every number times a constant, which is not trained.

    Before the last FC a small one makes the class scores, and what they learn by, smaller.
    """

    NAMES = ("SCALE",)
    ELSEWHERE = ("MULTIPLY", "RESCALING", "MUL")

    by: Annotated[float, Field(gt=0, allow_inf_nan=False, description="the constant")]

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """A pass over some images at a time."""
        return Cost(workspace_bytes=PASS_BYTES)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, None, dict[str, Array]]":
        """y = by * x."""
        (x,) = xs
        return kernels.elementwise.scaled(run.workspace, x, self.by), None, {}

    def backward(
        self, run: Run, params: Params, cache: None, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = by * dy."""
        return (kernels.elementwise.scaled(run.workspace, dy, self.by),), {}
