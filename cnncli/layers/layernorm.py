"""LAYERNORM: every place, or every image, gets mean 0 and variance 1, then a scale and a shift."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cnncli import kernels

from .base import Cost, Layer, Param, Params, Run, Shapes, Window
from .fields import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Layer):
    """Layer normalisation (Ba, Kiros and Hinton 2016): within each image, whatever the batch."""

    NAMES = ("LAYERNORM", "LN")
    ELSEWHERE = ("LAYERNORMALIZATION", "LAYERNORMALISATION")
    KEEPS = "x"

    over: Annotated[
        Literal["depth", "volume"],
        Field(description="what is normalised: the depth column of each place, or all of an image"),
    ] = "depth"
    eps: Annotated[
        float, Field(gt=0, strict=True, allow_inf_nan=False, description="added to the variance")
    ] = 1e-5

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The scale gamma and the shift beta of each channel."""
        (volume,) = in_shapes
        return {
            "gamma": Param((volume.D,), "ones", False),
            "beta": Param((volume.D,), "zeros", False),
        }

    def cost(self, in_shapes: Shapes) -> Cost:
        """Backward needs a mean and a deviation of each run."""
        (volume,) = in_shapes
        runs = volume.W * volume.H if self.over == "depth" else 1
        return Cost(unshared=2 * volume.size, cache_bytes=2 * 4 * runs)

    def window(self, in_shape: Volume) -> Window:
        """A place of its own, or the whole volume."""
        return Window(whole=self.over == "volume" and in_shape[:2] != (1, 1))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """y = gamma (x - mean)/sqrt(var + eps) + beta."""
        (x,) = xs
        length = x.shape[-1] if self.over == "depth" else x[0].size
        y, mean, inverse_std = kernels.layernorm.forward(
            run.workspace, x, params["gamma"], params["beta"], length, self.eps
        )
        return y, (x, mean, inverse_std), {}

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = (g - mean of g - xhat * mean of g*xhat)/std, with g = gamma dy."""
        x, mean, inverse_std = cache
        grads: dict[str, Any] = dict(run.grads)
        dx, grads["gamma"][:], grads["beta"][:] = kernels.layernorm.backward(
            run.workspace, x, dy, params["gamma"], mean, inverse_std
        )
        return (dx,), grads
