"""UPSAMPLE: larger maps, in which every pixel is repeated."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Extent

from .base import Layer, Params, Run, Shapes, Window
from .fields import Volume, WindowExtent

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Upsample(Layer):
    """Upsampling by the nearest neighbour: every pixel becomes S x S equal ones."""

    NAMES = ("UPSAMPLE",)
    ELSEWHERE = ("UPSAMPLING", "UPSAMPLING2D", "UPSAMPLE2D", "UPSAMPLINGNEAREST2D", "UNPOOL")
    SYNONYMS = {"factor": "S", "scale": "S", "size": "S"}
    GLUED = "S"
    DASHED = "S"

    S: Annotated[WindowExtent, Field(description="how many times as wide and high")] = Extent(2, 2)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W*S x H*S x D."""
        (volume,) = in_shapes
        return Volume(volume.W * self.S.W, volume.H * self.S.H, volume.D)

    def window(self, in_shape: Volume) -> Window:
        """One pixel, at steps of a fraction of a pixel."""
        return Window(S=(Fraction(1, self.S.W), Fraction(1, self.S.H)))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, None, dict[str, Array]]":
        """y[n, i, j] = x[n, i // S, j // S]."""
        (x,) = xs
        return kernels.reshape.repeat(run.workspace, x, self.S), None, {}

    def backward(
        self, run: Run, params: Params, cache: None, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """The sum of dy over the pixels that came from one."""
        return (kernels.reshape.repeat_backward(run.workspace, dy, self.S),), {}
