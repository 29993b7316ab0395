"""Activations: RELU, LEAKYRELU, SIGMOID, TANH, SILU and GELU, each a function of single numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnncli.kernels import activations, elementwise
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array

from .base import Fusion, Layer, Memory, Params, Run, Shapes, Spelling


@dataclass(frozen=True, kw_only=True)
class Activation(Layer):
    """A non-linear function of single numbers, y = f(x), and dx = f'(x) dy."""

    is_activation = True
    kept: ClassVar[Literal["x", "y"]] = "y"
    """By which volume the gradient is computed."""

    function: ClassVar[Callable[..., Array]]
    """f(workspace, x), a new array."""
    gradient: ClassVar[Callable[..., Array]]
    """dx, from a workspace, the volume that is kept, and dy."""

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        (x,) = xs
        y = self.function(run.workspace, x)
        return y, x if self.kept == "x" else y

    def backward(self, run: Run, params: Params, cache: Array, dy: Array) -> tuple[Array]:
        return (self.gradient(run.workspace, cache, dy),)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(self.kept, workspace_bytes=PASS_BYTES)


@dataclass(frozen=True, kw_only=True)
class Relu(Activation):
    """Rectified linear unit: the threshold at zero. No parameters, no hyperparameters."""

    spelling = Spelling("RELU", other_names=("RECTIFIER", "ACTIVATION"))

    function = staticmethod(elementwise.relu)
    gradient = staticmethod(elementwise.relu_backward)

    def fusion(self, training: bool) -> Fusion:
        """What is negative is cut off; and it never falls."""
        return Fusion(work="rectify", is_monotone=True)


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Activation):
    """Leaky rectified linear unit (Maas et al. 2013): negative numbers pass with a small slope."""

    spelling = Spelling(
        "LEAKYRELU",
        other_names=("LRELU", "LEAKY"),
        synonyms={"alpha": "slope", "negative_slope": "slope"},
    )

    slope: Annotated[
        float, Field(ge=0, lt=1, strict=True, description="factor of the negative numbers")
    ] = 0.01

    def function(self, workspace: Workspace, x: Array) -> Array:
        return activations.leaky_relu(workspace, x, slope=self.slope)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        return activations.leaky_relu_backward(workspace, kept, dy, slope=self.slope)


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-x)): numbers between 0 and 1."""

    spelling = Spelling("SIGMOID", other_names=("LOGISTIC",))

    function = staticmethod(activations.sigmoid)
    gradient = staticmethod(activations.sigmoid_backward)


@dataclass(frozen=True, kw_only=True)
class Tanh(Activation):
    """The hyperbolic tangent: numbers between -1 and 1."""

    spelling = Spelling("TANH", other_names=("HYPERBOLICTANGENT",))

    function = staticmethod(activations.tanh)
    gradient = staticmethod(activations.tanh_backward)


@dataclass(frozen=True, kw_only=True)
class Silu(Activation):
    """Sigmoid linear unit x / (1 + exp(-x)), also called swish (Hendrycks and Gimpel 2016)."""

    spelling = Spelling("SILU", aliases=("SWISH",))
    kept = "x"

    function = staticmethod(activations.silu)
    gradient = staticmethod(activations.silu_backward)


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    spelling = Spelling("GELU")

    function = staticmethod(activations.gelu)
    gradient = staticmethod(elementwise.product)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y; in training with the slope, which shares the costly part."""
        if not run.training:
            return super().forward(run, params, *xs)
        (x,) = xs
        return activations.gelu_and_slope(run.workspace, x)

    def memory(self, in_shapes: Shapes) -> Memory:
        """The slope is kept, as large as the volume."""
        (volume,) = in_shapes
        return Memory(cache_bytes=4 * volume.size, workspace_bytes=PASS_BYTES)
