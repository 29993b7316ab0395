"""BATCHNORM: each channel gets mean 0 and variance 1 over the batch, then a scale and a shift."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Param, Params, Run, Shapes, State
from .fields import Volume

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Layer):
    """Batch normalisation (Ioffe and Szegedy 2015) over the whole batch, whatever the shards.

    The running variance is the unbiased one, as in PyTorch. Without its scale, gamma is 1.
    """

    NAMES = ("BATCHNORM", "BN")
    ELSEWHERE = ("BATCHNORM2D", "BATCHNORMALIZATION", "BATCHNORMALISATION")
    KEEPS = "x"
    FINISHES = ("rectified",)

    momentum: Annotated[
        float,
        Field(
            gt=0, le=1, strict=True, description="share of the new batch in the running statistics"
        ),
    ] = 0.1
    eps: Annotated[
        float, Field(gt=0, strict=True, allow_inf_nan=False, description="added to the variance")
    ] = 1e-5
    scale: Annotated[bool, Field(description="multiply each channel by a trained gamma")] = True

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The scale gamma and the shift beta of each channel."""
        (volume,) = in_shapes
        shift = {"beta": Param((volume.D,), "zeros", False)}
        return {"gamma": Param((volume.D,), "ones", False)} | shift if self.scale else shift

    def cost(self, in_shapes: Shapes) -> Cost:
        """Without sharing, every number would have a scale and a shift of its own."""
        (volume,) = in_shapes
        return Cost(unshared=(self.scale + 1) * volume.size, workspace_bytes=PASS_BYTES)

    def state_shapes(self, in_shapes: Shapes) -> dict[str, State]:
        """The running mean and variance of each channel."""
        (volume,) = in_shapes
        return {"mean": State((volume.D,), 0.0), "var": State((volume.D,), 1.0)}

    def finishes_as(self, training: bool) -> Literal["scaled"] | None:
        """By the running statistics, in evaluation."""
        return None if training else "scaled"

    def scale_and_shift(self, params: Params, state: Params) -> "tuple[Array, Array]":
        """y = gamma (x - mean)/sqrt(var + eps) + beta = scale x + shift."""
        return self._affine(params, state["mean"], 1 / (state["var"] + self.eps) ** 0.5)

    @staticmethod
    def _affine(params: Params, mean: Any, inverse_std: Any) -> "tuple[Array, Array]":
        gamma: Any = params.get("gamma", 1.0)
        scale = gamma * inverse_std
        return scale, params["beta"] - mean * scale

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """y = gamma (x - mean)/sqrt(var + eps) + beta, by the batch's or the running statistics."""
        (x,) = xs
        scale_shift = kernels.batchnorm.scale_shift
        if not run.training:
            scale, shift = self.scale_and_shift(params, state)
            return scale_shift(run.workspace, x, scale, shift, run.finish), None, {}
        mean: Any
        count, mean, var = kernels.batchnorm.moments(run.workspace, x, run.comm)
        inverse_std = 1 / (var + self.eps) ** 0.5
        scale, shift = self._affine(params, mean, inverse_std)
        y = scale_shift(run.workspace, x, scale, shift, run.finish)
        unbiased: Any = var * (count / max(count - 1, 1))
        new_state = {
            name: state[name] + self.momentum * (value - state[name])
            for name, value in (("mean", mean), ("var", unbiased))
        }
        return y, (x, count, mean, inverse_std), new_state

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = gamma/std (dy - mean of dy - xhat * mean of dy*xhat), the means over the batch."""
        x, count, mean, inverse_std = cache
        grads: dict[str, Any] = dict(run.grads)
        gamma: Any = params.get("gamma", 1.0)
        dx, dgamma, grads["beta"][:] = kernels.batchnorm.backward(
            run.workspace, run.comm, x, dy, gamma, mean, inverse_std, count
        )
        if self.scale:
            grads["gamma"][:] = dgamma
        return (dx,), grads
