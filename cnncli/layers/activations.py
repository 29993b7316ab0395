"""Activations: functions of single numbers, of which PRELU alone has trained ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from cnncli.kernels import activations, elementwise, rectifiers
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array

from .base import Cost, Fusion, Layer, Memory, Param, Params, Run, Shapes, Spelling
from .constraints import Field


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

    spelling = Spelling(
        "RELU",
        other_names=("RECTIFIER", "RECTIFY", "RECTIFIEDLINEAR"),
        meanings=dict.fromkeys(
            ("ACTIVATION", "ACTIVATE", "NONLINEARITY"),
            "called by the function, like RELU, TANH or SIGMOID",
        ),
    )

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
        other_names=("LRELU", "LEAKYRECTIFIER"),
        meanings={"LEAKY": "LEAKYRELU(slope=0.1), whose slope is 0.01 unless it is given"},
        synonyms={"alpha": "slope", "negative_slope": "slope"},
    )

    slope: Annotated[
        float, Field(ge=0, lt=1, strict=True, description="factor of the negative numbers")
    ] = 0.01

    def function(self, workspace: Workspace, x: Array) -> Array:
        return rectifiers.leaky_relu(workspace, x, slope=self.slope)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        return rectifiers.leaky_relu_backward(workspace, kept, dy, slope=self.slope)


@dataclass(frozen=True, kw_only=True)
class Relu6(Activation):
    """RELU that ends at 6, as MobileNet has it for numbers of few bits (Howard et al. 2017)."""

    spelling = Spelling("RELU6")

    def function(self, workspace: Workspace, x: Array) -> Array:
        return rectifiers.clip(workspace, x, most=6)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        return rectifiers.clip_backward(workspace, kept, dy, most=6)


@dataclass(frozen=True, kw_only=True)
class Prelu(Layer):
    """LEAKYRELU whose slopes are trained (He et al. 2015, "Delving deep into rectifiers")."""

    spelling = Spelling("PRELU", other_names=("PARAMETRICRELU",), synonyms={"init": "start"})
    is_activation = True

    slopes: Annotated[
        Literal["channel", "one"],
        Field(description="one for each channel, or one for all of them"),
    ] = "channel"
    start: Annotated[
        float,
        Field(strict=True, allow_inf_nan=False, description="the slopes before training"),
    ] = 0.25

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The slopes; they do not decay, which would make a RELU of it."""
        (volume,) = in_shapes
        count = volume.D if self.slopes == "channel" else 1
        return {"slope": Param((count,), self.start, False)}

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y = max(0, x) + slope * min(0, x)."""
        (x,) = xs
        return rectifiers.prelu(run.workspace, x, params["slope"]), x

    def backward(self, run: Run, params: Params, cache: Array, dy: Array) -> tuple[Array]:
        """dx = dy where x > 0, else slope * dy."""
        dx, dslopes = rectifiers.prelu_backward(run.workspace, cache, dy, params["slope"])
        run.grads["slope"][:] = dslopes if self.slopes == "channel" else dslopes.sum()
        return (dx,)

    def cost(self, in_shapes: Shapes) -> Cost:
        """Without sharing, every number would have a slope of its own."""
        (volume,) = in_shapes
        return Cost(unshared=volume.size)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x", workspace_bytes=PASS_BYTES)


@dataclass(frozen=True, kw_only=True)
class Elu(Activation):
    """Exponential linear unit (Clevert et al. 2016): below zero alpha (exp(x) - 1)."""

    spelling = Spelling("ELU", other_names=("EXPONENTIALLINEAR",))

    alpha: Annotated[
        float,
        Field(ge=0, strict=True, allow_inf_nan=False, description="what y falls to, negative"),
    ] = 1.0

    def function(self, workspace: Workspace, x: Array) -> Array:
        return activations.elu(workspace, x, alpha=self.alpha)

    def gradient(self, workspace: Workspace, kept: Array, dy: Array) -> Array:
        return activations.elu_backward(workspace, kept, dy, alpha=self.alpha)


@dataclass(frozen=True, kw_only=True)
class Softplus(Activation):
    """The smooth RELU log(1 + exp(x)) (Dugas et al. 2001)."""

    spelling = Spelling("SOFTPLUS", other_names=("BNLL", "SMOOTHRELU"))
    kept = "x"

    function = staticmethod(activations.softplus)
    gradient = staticmethod(activations.softplus_backward)


@dataclass(frozen=True, kw_only=True)
class HardSigmoid(Activation):
    """A sigmoid of three straight pieces: (x + 3)/6 from 0 to 1 (Howard et al. 2019)."""

    spelling = Spelling("HARDSIGMOID", aliases=("HSIGMOID",))
    kept = "x"

    function = staticmethod(rectifiers.hard_sigmoid)
    gradient = staticmethod(rectifiers.hard_sigmoid_backward)


@dataclass(frozen=True, kw_only=True)
class HardSwish(Activation):
    """x times its HARDSIGMOID, as in MobileNetV3 (Howard et al. 2019)."""

    spelling = Spelling("HARDSWISH", aliases=("HSWISH",), other_names=("HARDSILU",))
    kept = "x"

    function = staticmethod(rectifiers.hard_swish)
    gradient = staticmethod(rectifiers.hard_swish_backward)


@dataclass(frozen=True, kw_only=True)
class Mish(Activation):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""

    spelling = Spelling("MISH")
    kept = "x"

    function = staticmethod(activations.mish)
    gradient = staticmethod(activations.mish_backward)


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
