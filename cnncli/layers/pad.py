"""PAD: zeros around each map, and maps of zeros."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Extent, Padding

from .base import Layer, Params, Run, Shapes, Window
from .fields import SidePadding, Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Pad(Layer):
    """Zero padding as a layer of its own.

    In depth it fits a shortcut to a deeper volume without parameters (He et al. 2015, option A).
    """

    NAMES = ("PAD",)
    ELSEWHERE = ("ZEROPAD", "ZEROPAD2D", "ZEROPADDING", "ZEROPADDING2D", "PADDING")
    SYNONYMS = {"pad": "P"}
    DASHED = "P"

    P: Annotated[
        SidePadding,
        Field(
            title="a whole number, WIDTHxHEIGHT or sides like {left: 1, right: 2}",
            description="pixels of zeros on each side",
        ),
    ] = Padding(1, 1, 1, 1)
    front: Annotated[
        int, Field(ge=0, strict=True, description="channels of zeros before the first")
    ] = 0
    back: Annotated[
        int, Field(ge=0, strict=True, description="channels of zeros behind the last")
    ] = 0

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """Wider by left and right, higher by top and bottom, deeper by front and back."""
        (volume,) = in_shapes
        P = self.P
        return Volume(
            volume.W + P.left + P.right,
            volume.H + P.top + P.bottom,
            volume.D + self.front + self.back,
        )

    def window(self, in_shape: Volume) -> Window:
        """One pixel; the first lies outside of the map."""
        return Window(offset=Extent(self.P.left, self.P.top))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, None, dict[str, Array]]":
        """x with zeros around."""
        (x,) = xs
        return kernels.reshape.pad(run.workspace, x, self.P, self.front, self.back), None, {}

    def backward(
        self, run: Run, params: Params, cache: None, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dy without what was added."""
        return (kernels.reshape.crop(run.workspace, dy, self.P, self.front, self.back),), {}
