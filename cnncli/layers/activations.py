"""Activations: RELU, LEAKYRELU, SIGMOID, TANH, SILU and GELU, each a function of single numbers."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.geometry import Volume
from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING, Literal

from cnncli import kernels

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.kernels.workspace import Workspace

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Activation(Layer):
    """A non-linear function of single numbers; KEEPS says by which volume its gradient is told."""

    ACTIVATES = True
    KEEPS = "y"

    @abstractmethod
    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y."""

    @abstractmethod
    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx, from dy and the volume in KEEPS."""

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """A pass over some images at a time."""
        return Cost(workspace_bytes=PASS_BYTES)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y, and the volume that backward needs."""
        (x,) = xs
        y = self.function(run.workspace, x)
        return y, x if self.KEEPS == "x" else y, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx."""
        return (self.gradient(run.workspace, cache, dy),), {}


@dataclass(frozen=True, kw_only=True)
class Relu(Activation):
    """Rectified linear unit: the threshold at zero. No parameters, no hyperparameters."""

    NAMES = ("RELU",)
    ELSEWHERE = ("RECTIFIER", "ACTIVATION")

    def finishes_as(self, training: bool) -> Literal["rectified"]:
        """What is negative is cut off."""
        return "rectified"

    def is_non_decreasing(self) -> bool:
        """It never falls."""
        return True

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = max(0, x)."""
        y: Array = kernels.elementwise.relu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy where y > 0, else 0."""
        dx: Array = kernels.elementwise.relu_backward(workspace, kept, dy)
        return dx


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Activation):
    """Leaky rectified linear unit (Maas et al. 2013): negative numbers pass with a small slope."""

    NAMES = ("LEAKYRELU",)
    ELSEWHERE = ("LRELU", "LEAKY")
    SYNONYMS = {"alpha": "slope", "negative_slope": "slope"}

    slope: Annotated[
        float, Field(ge=0, lt=1, strict=True, description="factor of the negative numbers")
    ] = 0.01

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = max(x, slope x)."""
        y: Array = kernels.activations.leaky_relu(workspace, x, self.slope)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy where y > 0, else slope dy."""
        dx: Array = kernels.activations.leaky_relu_backward(workspace, kept, dy, self.slope)
        return dx


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Activation):
    """The logistic function 1 / (1 + exp(-x)): numbers between 0 and 1."""

    NAMES = ("SIGMOID",)
    ELSEWHERE = ("LOGISTIC",)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = 1 / (1 + exp(-x))."""
        y: Array = kernels.activations.sigmoid(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy y (1 - y)."""
        dx: Array = kernels.activations.sigmoid_backward(workspace, kept, dy)
        return dx


@dataclass(frozen=True, kw_only=True)
class Tanh(Activation):
    """The hyperbolic tangent: numbers between -1 and 1."""

    NAMES = ("TANH",)
    ELSEWHERE = ("HYPERBOLICTANGENT",)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = tanh x."""
        y: Array = kernels.activations.tanh(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy (1 - y y)."""
        dx: Array = kernels.activations.tanh_backward(workspace, kept, dy)
        return dx


@dataclass(frozen=True, kw_only=True)
class Silu(Activation):
    """Sigmoid linear unit x / (1 + exp(-x)), also called swish (Hendrycks and Gimpel 2016)."""

    NAMES = ("SILU", "SWISH")
    KEEPS = "x"

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = x s, with s = 1 / (1 + exp(-x))."""
        y: Array = kernels.activations.silu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy s (1 + x (1 - s))."""
        dx: Array = kernels.activations.silu_backward(workspace, kept, dy)
        return dx


@dataclass(frozen=True, kw_only=True)
class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the normal distribution at x.

    Exact, without the approximation by tanh.
    """

    NAMES = ("GELU",)
    KEEPS = ""

    def cost(self, in_shapes: Shapes) -> Cost:
        """The derivative is kept, as large as the volume."""
        (volume,) = in_shapes
        return Cost(cache_bytes=4 * volume.size, workspace_bytes=PASS_BYTES)

    def function(self, workspace: "Workspace", x: "Array") -> "Array":
        """y = x Phi(x), Phi the normal distribution."""
        y: Array = kernels.activations.gelu(workspace, x)
        return y

    def gradient(self, workspace: "Workspace", kept: "Array", dy: "Array") -> "Array":
        """dx = dy (Phi(x) + x phi(x)), phi the normal density."""
        dx: Array = kernels.elementwise.product(workspace, kept, dy)
        return dx

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y; in training with the derivative, which shares the costly part."""
        if not run.training:
            return super().forward(run, params, state, *xs)
        (x,) = xs
        y, slope = kernels.activations.gelu_and_slope(run.workspace, x)
        return y, slope, {}
