"""INPUT: the images."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli.geometry import Volume

from .base import Context, Layer, LayerError, Params, Run, Shapes
from .fields import VolumeSize

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Input(Layer):
    """The volume of raw pixels that a network starts from."""

    NAMES = ("INPUT",)
    SHARES = ("dx",)
    ELSEWHERE = ("INPUTLAYER", "DATA", "IMAGE")
    DASHED = "size"

    size: Annotated[
        VolumeSize | None, Field(description="width x height x depth; default: the data set's")
    ] = None

    def complete(self, context: Context) -> "Input":
        """The data set's size where none is given."""
        if self.size is None and context.image is None:
            raise LayerError(
                "the size of the images is unknown.\n"
                "Write INPUT(32x32x3) with the width, height and depth, or name a data set "
                "with data:.",
            )
        return replace(self, size=self.size or context.image)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The size itself."""
        assert self.size is not None
        return self.size

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, None, dict[str, Array]]":
        """The images as they come."""
        (x,) = xs
        return x, None, {}

    def backward(
        self, run: Run, params: Params, cache: None, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """The gradient as it comes."""
        return (dy,), {}
