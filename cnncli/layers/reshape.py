"""FLATTEN: the volume as one vector."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.geometry import Extent

from .base import Layer, Params, Run, Shapes, Window
from .fields import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """1 x 1 x (W*H*D), row by row and each place's depth column whole. FC does so by itself."""

    NAMES = ("FLATTEN",)
    SHARES = ("y", "dx")
    ELSEWHERE = ("RESHAPE", "VECTOR", "VECTORIZE")

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """All numbers in depth."""
        (volume,) = in_shapes
        return Volume(1, 1, volume.size)

    def window(self, in_shape: Volume) -> Window:
        """The whole map."""
        return Window(Extent(in_shape.W, in_shape.H))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, tuple[int, ...], dict[str, Array]]":
        """The same numbers in the same memory."""
        (x,) = xs
        return x.reshape(x.shape[0], 1, 1, -1), x.shape, {}

    def backward(
        self, run: Run, params: Params, cache: tuple[int, ...], dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dy in the shape of x."""
        return (dy.reshape(cache),), {}
