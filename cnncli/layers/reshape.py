"""FLATTEN, PAD, UPSAMPLE and SCALE: the same numbers in another volume or size."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels import elementwise, reshape
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.lazy import Array

from .base import Layer, Memory, Params, Run, Shapes, Spelling, Window
from .fields import SidePadding, WindowExtent


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """1 x 1 x (W*H*D), row by row and each place's depth column whole. FC does so by itself."""

    spelling = Spelling("FLATTEN", other_names=("RESHAPE", "VECTOR", "VECTORIZE"))

    def out_shape(self, in_shapes: Shapes) -> Volume:
        (volume,) = in_shapes
        return Volume(1, 1, volume.size)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, tuple[int, ...]]:
        (x,) = xs
        return x.reshape(x.shape[0], 1, 1, -1), x.shape

    def backward(self, run: Run, params: Params, cache: tuple[int, ...], dy: Array) -> tuple[Array]:
        return (dy.reshape(cache),)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(in_place=("y", "dx"))

    def window(self, in_shape: Volume) -> Window:
        return Window(Extent(in_shape.W, in_shape.H))


@dataclass(frozen=True, kw_only=True)
class Pad(Layer):
    """Zero padding as a layer of its own.

    In depth it fits a shortcut to a deeper volume without parameters (He et al. 2015, option A).
    """

    spelling = Spelling(
        "PAD",
        other_names=("ZEROPAD", "ZEROPAD2D", "ZEROPADDING", "ZEROPADDING2D", "PADDING"),
        synonyms={"pad": "P"},
        dash_suffix="P",
    )

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
        int, Field(ge=0, strict=True, description="channels of zeros after the last")
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

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        return reshape.pad(run.workspace, x, self.P, self.front, self.back), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        return (reshape.crop(run.workspace, dy, self.P, self.front, self.back),)

    def window(self, in_shape: Volume) -> Window:
        """One pixel; the first lies outside of the map."""
        return Window(offset=Extent(self.P.left, self.P.top))


@dataclass(frozen=True, kw_only=True)
class Upsample(Layer):
    """Upsampling by the nearest neighbour: every pixel becomes S x S equal ones."""

    spelling = Spelling(
        "UPSAMPLE",
        other_names=("UPSAMPLING", "UPSAMPLING2D", "UPSAMPLE2D", "UPSAMPLINGNEAREST2D", "UNPOOL"),
        synonyms={"factor": "S", "scale": "S", "size": "S"},
        size_suffix="S",
        dash_suffix="S",
    )

    S: Annotated[WindowExtent, Field(description="how many times as wide and high")] = Extent(2, 2)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        (volume,) = in_shapes
        return Volume(volume.W * self.S.W, volume.H * self.S.H, volume.D)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        """y[n, i, j] = x[n, i // S, j // S]."""
        (x,) = xs
        return reshape.repeat(run.workspace, x, self.S), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        """The sum of dy over the pixels that came from one."""
        return (reshape.repeat_backward(run.workspace, dy, self.S),)

    def window(self, in_shape: Volume) -> Window:
        """One pixel, at steps of a fraction of a pixel."""
        return Window(S=(Fraction(1, self.S.W), Fraction(1, self.S.H)))


@dataclass(frozen=True, kw_only=True)
class Scale(Layer):
    """Every number times a constant, which is not trained.

    Before the last FC a small one makes the class scores, and what they learn by, smaller.
    """

    spelling = Spelling("SCALE", other_names=("RESCALING", "RESCALE"))

    by: Annotated[float, Field(gt=0, allow_inf_nan=False, description="the constant")]

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        return elementwise.scale(run.workspace, x, self.by), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        return (elementwise.scale(run.workspace, dy, self.by),)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(workspace_bytes=PASS_BYTES)
