"""INPUT: the images."""

from dataclasses import dataclass, replace
from typing import Annotated

from cnncli.geometry import Volume
from cnncli.lazy import Array

from .base import Context, Layer, LayerError, Memory, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import VolumeSize


@dataclass(frozen=True, kw_only=True)
class Input(Layer):
    """The volume of raw pixels that a network starts from."""

    spelling = Spelling(
        "INPUT",
        other_names=(
            *("INPUTLAYER", "DATA", "IMAGE", "DUMMYDATA", "MEMORYDATA", "IMAGEDATA"),
            *("HDF5DATA", "WINDOWDATA", "PLACEHOLDER"),
        ),
        meanings=dict.fromkeys(
            ("NET", "NETWORK"), "INPUT(224x224x3), with what it is trained by in train:"
        ),
        dash_suffix="size",
    )

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
        assert self.size is not None
        return self.size

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        return x, None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        return (dy,)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(in_place=("dx",))
