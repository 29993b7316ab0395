"""DROPOUT: in training, a random share of the numbers is set to zero."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Volume
from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Dropout(Layer):
    """Inverted dropout (Srivastava et al. 2014): what stays is scaled by 1/(1 - rate).

    The mask depends on the seed, the step, the layer and the image's place in the batch.
    """

    NAMES = ("DROPOUT",)
    DASHED = "rate"
    SYNONYMS = {"p": "rate"}

    rate: Annotated[float, Field(ge=0, lt=1, strict=True, description="share that is dropped")] = (
        0.5
    )

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """Backward needs the mask: a byte a number. It is drawn for some images at a time."""
        (volume,) = in_shapes
        return Cost(cache_bytes=volume.size, workspace_bytes=PASS_BYTES)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """y = x * mask / (1 - rate) in training, y = x otherwise."""
        (x,) = xs
        if not run.training or self.rate == 0:
            return x, None, {}
        y, cache = kernels.elementwise.dropout(run.workspace, x, run.keys(), self.rate)
        return y, cache, {}

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy * mask / (1 - rate)."""
        if cache is None:
            return (dy,), {}
        return (kernels.elementwise.dropout_backward(run.workspace, cache, dy),), {}
