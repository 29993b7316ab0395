"""CONV: each of K filters slides over the volume and takes a dot product at every place."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.blocks import PRODUCT_BYTES
from cnncli.kernels.geometry import Extent, Geometry, Padding

from .base import Context, Cost, Layer, LayerError, Param, Params, Run, Shapes, Window
from .hyperparameters import (
    Count,
    Fit,
    Volume,
    WeightInit,
    WindowExtent,
    WindowPadding,
)
from .windows import geometry, with_fit

if TYPE_CHECKING:
    from .base import Array

    Cache = tuple[Array, Geometry]


@dataclass(frozen=True, kw_only=True)
class Conv(Layer):
    """Convolution: (W - F + 2P)/S + 1 places in each axis, K filters of F x F x D with a bias."""

    NAMES = ("CONV",)
    ELSEWHERE = ("CONV2D", "CONVOLUTION", "CONVOLUTIONAL")
    SYNONYMS = {"filters": "K", "size": "F", "stride": "S", "pad": "P"}
    GLUED = "F"
    DASHED = "K"
    KEEPS = "x"

    K: Annotated[Count, Field(description="number of filters")] = 12
    F: Annotated[WindowExtent, Field(description="spatial extent of a filter")] = Extent(3, 3)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(1, 1)
    P: Annotated[WindowPadding | None, Field(description="zero padding; default (F-1)/2")] = None
    bias: Annotated[bool, Field(description="add one bias for each filter")] = True
    fit: Annotated[Fit | None, Field(description="what to do with places left over")] = None
    init: Annotated[WeightInit | None, Field(description="how the weights start")] = None

    @property
    def dilation(self) -> Extent:
        """Placeholder until the conv helper adds the field."""
        return Extent(1, 1)

    def complete(self, context: Context) -> "Conv":
        """P = (F - 1)/2 where it is not given; an even F has no such P."""
        layer = with_fit(self, context.fit)
        layer = replace(layer, init=self.init or context.init)
        if self.P is None:
            if self.F.W % 2 == 0 or self.F.H % 2 == 0:
                raise LayerError(
                    f"F={self.F} is even, so the default P=(F-1)/2 is not a whole number.\n"
                    "Give P, for example P: 0, or P: same to keep the size.",
                    field="F",
                )
            across, down = (self.F.W - 1) // 2, (self.F.H - 1) // 2
            layer = replace(layer, P=Padding(across, across, down, down))
        return layer

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x K."""
        (volume,) = in_shapes
        try:
            out = geometry(self, volume).out
        except LayerError as error:
            if error.assume:
                error.assume = error.assume._replace(D=self.K)
            raise
        return Volume(out.W, out.H, self.K)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (F, F, D, K) with the filter's height first, and b (K,)."""
        (volume,) = in_shapes
        F = self.F
        fan_in, fan_out = F.W * F.H * volume.D, F.W * F.H * self.K
        weights = Param((F.H, F.W, volume.D, self.K), "weights", True, fan_in, fan_out, self.init)
        return {"W": weights} | ({"b": Param((self.K,), "zeros", False)} if self.bias else {})

    def cost(self, in_shapes: Shapes) -> Cost:
        """F*F*D multiply-adds for each of the W2*H2*K neurons."""
        (volume,) = in_shapes
        neurons = self.out_shape(in_shapes).size
        connections = self.F.W * self.F.H * volume.D
        return Cost(
            macs=neurons * connections,
            unshared=neurons * (connections + self.bias),
            connections=connections,
            # a block of windows; turned filters, and their gradient's sum and last term
            workspace_bytes=PRODUCT_BYTES + 3 * 4 * connections * self.K,
        )

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S."""
        P = geometry(self, in_shape).P
        return Window(self.F, self.S, Extent(P.left, P.top))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Cache, dict[str, Array]]":
        """y[n, i, j, k] = sum of x's window at (i, j) times W[..., k], plus b[k]."""
        (x,) = xs
        where = geometry(self, Volume(x.shape[2], x.shape[1], x.shape[3]))
        y = kernels.convolution.forward(run.workspace, x, params["W"], params.get("b"), where)
        return y, (x, where), {}

    def backward(
        self, run: Run, params: Params, cache: "Cache", dy: "Array"
    ) -> "tuple[tuple[Array | None], dict[str, Array]]":
        """dW sums x's windows times dy over all places; dx spreads dy through W."""
        x, where = cache
        grads: dict[str, Any] = dict(run.grads)
        dx = kernels.convolution.backward(
            run.workspace, x, params["W"], where, dy, dW=grads["W"], needs_dx=run.needs_dx
        )
        if self.bias:
            kernels.dense.column_sums(dy, out=grads["b"])
        return (dx,), grads
