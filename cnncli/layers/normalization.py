"""BATCHNORM, LAYERNORM and LRN: numbers on a common scale."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.norms import batchnorm, layernorm, lrn
from cnncli.kernels.norms.lrn import Response
from cnncli.lazy import Array, np

from .affine import Affine, Eps, Positive
from .base import (
    Fusion,
    Layer,
    Memory,
    Params,
    Run,
    Shapes,
    Spelling,
    State,
)
from .constraints import Field
from .fields import Count
from .reading import Reads, whole


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Affine):
    """Batch normalisation (Ioffe and Szegedy 2015) over the whole batch, whatever the shards.
    Under `train.accumulate` its statistics are those of each part of the batch.

    The running variance is the unbiased one, as in PyTorch. Without its scale, gamma is 1.
    """

    spelling = Spelling(
        "BATCHNORM",
        aliases=("BN",),
        other_names=("SYNCBATCHNORM", "FROZENBATCHNORM"),
        meanings=dict.fromkeys(
            ("BATCHNORMALIZATION", "BATCHNORMALISATION"),
            "called BATCHNORM, whose momentum is 1 minus that of Keras and whose eps is 1e-5: "
            "BATCHNORM(momentum=0.01, eps=0.001)",
        ),
    )

    momentum: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            strict=True,
            description="share of the new batch in the running statistics; Keras' is 1 minus it",
        ),
    ] = 0.1
    eps: Eps = 1e-5
    scale: Annotated[bool, Field(description="multiply each channel by a trained gamma")] = True

    def state_shapes(self, in_shapes: Shapes) -> dict[str, State]:
        (volume,) = in_shapes
        return {"mean": State((volume.D,), 0.0), "var": State((volume.D,), 1.0)}

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """y = gamma (x - mean)/sqrt(var + eps) + beta, by the batch's or the running statistics."""
        (x,) = xs
        if not run.training:
            scale, shift = self._scale_and_shift(params, run.state)
            return batchnorm.scale_shift(run.workspace, x, scale, shift, run.epilogue), None
        count, mean, var = run.moments(
            x, lambda part: batchnorm.moments(run.workspace, part, run.comm)
        )
        inverse_std = self._inverse_std(var)
        scale, shift = self._affine(params, mean, inverse_std)
        y = batchnorm.scale_shift(run.workspace, x, scale, shift, run.epilogue)
        unbiased = var * (count / max(count - 1, 1))
        for name, value in (("mean", mean), ("var", unbiased)):
            before: Any = run.state[name]
            run.new_state[name] = before + self.momentum * (value - before)
        return y, (x, count, mean, inverse_std)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        """dx = gamma/std (dy - mean of dy - xhat * mean of dy*xhat), the means over the batch."""
        x, count, mean, inverse_std = cache
        gamma: Any = params.get("gamma", 1.0)
        dx, dgamma, run.grads["beta"][:] = batchnorm.backward(
            run.workspace, run.comm, x, dy, gamma, mean, inverse_std, count, run.rectified
        )
        if self.scale:
            run.grads["gamma"][:] = dgamma
        return (dx,)

    def _scale_and_shift(self, params: Params, state: Params) -> tuple[Array, Array]:
        """y = gamma (x - mean)/sqrt(var + eps) + beta = scale x + shift."""
        return self._affine(params, state["mean"], self._inverse_std(state["var"]))

    def _inverse_std(self, var: Any) -> Any:
        """1/sqrt(var + eps) of each channel; NaN where the variance overflowed."""
        inverse = 1 / (var + self.eps) ** 0.5
        return np.where(inverse > 0, inverse, inverse.dtype.type(np.nan))

    @staticmethod
    def _affine(params: Params, mean: Any, inverse_std: Any) -> tuple[Array, Array]:
        gamma: Any = params.get("gamma", 1.0)
        scale = gamma * inverse_std
        return scale, params["beta"] - mean * scale

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x", workspace_bytes=PASS_BYTES)

    def fusion(self, training: bool) -> Fusion:
        """In evaluation it scales and shifts, by the running statistics."""
        if training:
            return Fusion(accepts=("rectify",), masks=True)
        return Fusion(("rectify",), work="scale", scale_and_shift=self._scale_and_shift)


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Affine):
    """Layer normalisation (Ba, Kiros and Hinton 2016): within each image, whatever the batch."""

    spelling = Spelling(
        "LAYERNORM",
        aliases=("LN",),
        other_names=("LAYERNORMALIZATION", "LAYERNORMALISATION"),
    )

    over: Annotated[
        Literal["depth", "volume"],
        Field(description="what is normalised: the depth column of each place, or all of an image"),
    ] = "depth"
    eps: Eps = 1e-5

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """y = gamma (x - mean)/sqrt(var + eps) + beta."""
        (x,) = xs
        length = x.shape[-1] if self.over == "depth" else x[0].size
        y, mean, inverse_std = layernorm.forward(
            run.workspace, x, params["gamma"], params["beta"], length, self.eps
        )
        return y, (x, mean, inverse_std)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        """dx = (g - mean of g - xhat * mean of g*xhat)/std, with g = gamma dy."""
        x, mean, inverse_std = cache
        dx, run.grads["gamma"][:], run.grads["beta"][:] = layernorm.backward(
            run.workspace, x, dy, params["gamma"], mean, inverse_std
        )
        return (dx,)

    def memory(self, in_shapes: Shapes) -> Memory:
        """Backward needs x, and a mean and a deviation of each run."""
        (volume,) = in_shapes
        runs = volume.W * volume.H if self.over == "depth" else 1
        return Memory("x", cache_bytes=2 * 4 * runs)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """A place of its own, or the whole volume."""
        return (whole(in_shapes[0], groups=1) if self.over == "volume" else Reads(groups=1),)


@dataclass(frozen=True, kw_only=True)
class Lrn(Layer):
    """Local response normalisation (Krizhevsky et al. 2012): x / (k + alpha * sum of x^2)^beta.

    The sum runs over n neighbouring channels. The paper's alpha is not divided by n, so n=5 and
    alpha=1e-4 are PyTorch's size=5 and alpha=5e-4.
    """

    spelling = Spelling(
        "LRN",
        meanings=dict.fromkeys(
            (
                *("LOCALRESPONSENORM", "LOCALRESPONSENORMALIZATION", "LOCALRESPONSENORMALISATION"),
                *("RESPONSENORM", "CROSSMAPLRN"),
            ),
            "called LRN, whose alpha is not divided by n: PyTorch's and Caffe's over their size",
        ),
        synonyms={"size": "n"},
    )

    n: Annotated[
        Count,
        Field(description="how many neighbouring channels; of an even n one more lies before"),
    ] = 5
    k: Annotated[Positive, Field(description="added to the sum of squares")] = 2.0
    alpha: Annotated[
        float,
        Field(
            ge=0,
            strict=True,
            allow_inf_nan=False,
            description="factor of the sum of squares, not divided by n",
        ),
    ] = 1e-4
    beta: Annotated[Positive, Field(description="exponent")] = 0.75

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y = x s^-beta, with s = k + alpha * sum of x^2 over the neighbours."""
        (x,) = xs
        return lrn.forward(run.workspace, x, self._response), x

    def backward(self, run: Run, params: Params, cache: Array, dy: Array) -> tuple[Array]:
        """dx = dy s^-beta - 2 alpha beta x * sum of dy x s^(-beta-1) over those it is near."""
        return (lrn.backward(run.workspace, cache, dy, self._response),)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """Channels nearby, for which all stand."""
        return (Reads(groups=1),)

    @property
    def _response(self) -> Response:
        return Response(self.n, self.k, self.alpha, self.beta)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x", workspace_bytes=PASS_BYTES)
