"""DROPOUT and DROPPATH: in training, a random share of numbers or of images is set to zero."""

from dataclasses import dataclass
from typing import Annotated, Any

from cnncli.kernels import elementwise
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.lazy import Array

from .base import Layer, Memory, Params, Run, Shapes, Spelling
from .constraints import Field


@dataclass(frozen=True, kw_only=True)
class Dropout(Layer):
    """Inverted dropout (Srivastava et al. 2014): what stays is scaled by 1/(1 - rate).

    The mask depends on the seed, the step, the layer and the image's place in the batch.
    """

    spelling = Spelling("DROPOUT", synonyms={"p": "rate"}, dash_suffix="rate")
    is_for_training = True

    rate: Annotated[float, Field(ge=0, lt=1, strict=True, description="share that is dropped")] = (
        0.5
    )

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """y = x * mask / (1 - rate) in training, y = x otherwise."""
        (x,) = xs
        if not run.training or self.rate == 0:
            return x, None
        return elementwise.dropout(run.workspace, x, run.keys(), self.rate)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        if cache is None:
            return (dy,)
        return (elementwise.apply_dropout(run.workspace, cache, dy),)

    def memory(self, in_shapes: Shapes) -> Memory:
        """Backward needs the mask: a byte a number. It is drawn for some images at a time."""
        (volume,) = in_shapes
        return Memory(cache_bytes=volume.size, workspace_bytes=PASS_BYTES)


@dataclass(frozen=True, kw_only=True)
class DropPath(Layer):
    """Stochastic depth (Huang et al. 2016): a share of the images skips a branch before its ADD.

    What stays is scaled by 1/(1 - rate). Which images are left out depends on the seed, the step,
    the layer and the image's place in the batch.
    """

    spelling = Spelling(
        "DROPPATH",
        other_names=("STOCHASTICDEPTH", "DROPCONNECT"),
        synonyms={"p": "rate"},
        dash_suffix="rate",
    )
    is_for_training = True

    rate: Annotated[float, Field(ge=0, lt=1, strict=True, description="share that is left out")] = (
        0.1
    )

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """y = x times 0 or 1 / (1 - rate) of each image in training, y = x otherwise."""
        (x,) = xs
        if not run.training or self.rate == 0:
            return x, None
        return elementwise.drop_images(run.workspace, x, run.keys(), self.rate)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        if cache is None:
            return (dy,)
        return (elementwise.scale_images(run.workspace, cache, dy),)
