"""Activations: RELU, LEAKYRELU, SIGMOID, TANH, SILU and GELU, each a function of single numbers."""

from abc import abstractmethod
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

    @abstractmethod
    def function(self, workspace: Workspace, x: Array) -> Array:
        """f(x), a new array."""

    @abstractmethod
    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx, from dy and the volume that is kept."""

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y = f(x)."""
        (x,) = xs
        y = self.function(run.workspace, x)
        return y, x if self.kept == "x" else y

    def backward(self, run: Run, params: Params, cache: Array, dy: Array) -> tuple[Array]:
        """dx = f'(x) dy."""
        return (self.gradient(run.workspace, cache, dy),)

    def memory(self, in_shapes: Shapes) -> Memory:
        """A pass over some images at a time."""
        return Memory(self.kept, workspace_bytes=PASS_BYTES)


@dataclass(frozen=True, kw_only=True)
class Relu(Activation):
    """Rectified linear unit: the threshold at zero. No parameters, no hyperparameters."""

    spelling = Spelling("RELU", other_names=("RECTIFIER", "ACTIVATION"))

    def function(self, workspace: Workspace, x: Array) -> Array:
        """y = max(0, x)."""
        return elementwise.relu(workspace, x)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy where y > 0, else 0."""
        return elementwise.relu_backward(workspace, kept, dy)

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
        """y = max(x, slope x)."""
        return activations.leaky_relu(workspace, x, self.slope)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy where y > 0, else slope dy."""
        return activations.leaky_relu_backward(workspace, kept, dy, self.slope)


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-x)): numbers between 0 and 1."""

    spelling = Spelling("SIGMOID", other_names=("LOGISTIC",))

    def function(self, workspace: Workspace, x: Array) -> Array:
        """y = 1 / (1 + exp(-x))."""
        return activations.sigmoid(workspace, x)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy y (1 - y)."""
        return activations.sigmoid_backward(workspace, kept, dy)


@dataclass(frozen=True, kw_only=True)
class Tanh(Activation):
    """The hyperbolic tangent: numbers between -1 and 1."""

    spelling = Spelling("TANH", other_names=("HYPERBOLICTANGENT",))

    def function(self, workspace: Workspace, x: Array) -> Array:
        """y = tanh x."""
        return activations.tanh(workspace, x)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy (1 - y y)."""
        return activations.tanh_backward(workspace, kept, dy)


@dataclass(frozen=True, kw_only=True)
class Silu(Activation):
    """Sigmoid linear unit x / (1 + exp(-x)), also called swish (Hendrycks and Gimpel 2016)."""

    spelling = Spelling("SILU", aliases=("SWISH",))
    kept = "x"

    def function(self, workspace: Workspace, x: Array) -> Array:
        """y = x s, with s = 1 / (1 + exp(-x))."""
        return activations.silu(workspace, x)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy s (1 + x (1 - s))."""
        return activations.silu_backward(workspace, kept, dy)


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    spelling = Spelling("GELU")

    def function(self, workspace: Workspace, x: Array) -> Array:
        """y = x Phi(x), Phi the normal distribution."""
        return activations.gelu(workspace, x)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        """dx = dy (Phi(x) + x phi(x)), phi the normal density: the slope is kept."""
        return elementwise.product(workspace, kept, dy)

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
