"""LOCAL: locally connected, a convolution without parameter sharing."""

from dataclasses import dataclass, replace
from typing import Annotated

from cnncli.geometry import Extent, Geometry, Volume
from cnncli.kernels import dense
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.conv import local
from cnncli.lazy import Array

from .base import Context, Cost, Memory, Param, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import Count, Fit, WeightInit, WindowExtent, WindowPadding
from .reading import Reads
from .windows import Windowed, filtered_shape, window_geometry


@dataclass(frozen=True, kw_only=True)
class Local(Windowed):
    """Locally connected: as CONV, but every place has K filters and biases of its own.

    For images in which the same part always lies at the same place, such as centred faces.
    """

    spelling = Spelling(
        "LOCAL",
        other_names=("LOCALLYCONNECTED", "LOCALCONV", "UNSHAREDCONV"),
        synonyms={"filters": "K", "size": "F", "stride": "S", "pad": "P"},
        size_suffix="F",
        dash_suffix="K",
    )

    K: Annotated[Count, Field(description="number of filters at each place")] = 12
    F: Annotated[WindowExtent, Field(description="spatial extent of a filter")] = Extent(3, 3)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(1, 1)
    P: Annotated[WindowPadding | None, Field(description="zero padding; default (F-1)/2")] = None
    bias: Annotated[bool, Field(description="add one bias for each neuron")] = True
    fit: Annotated[Fit | None, Field(description="what to do with remaining places")] = None
    init: Annotated[WeightInit | None, Field(description="how the weights start")] = None

    def complete(self, context: Context) -> "Local":
        layer: Local = super().complete(context)
        return replace(layer, init=self.init or context.init)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        (volume,) = in_shapes
        return filtered_shape(self, volume, self.K)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (H2, W2, F*F*D, K), its rows in the order of a window's memory, and b (H2, W2, K)."""
        (volume,) = in_shapes
        F, out = self.F, self.out_shape(in_shapes)
        fan_in, fan_out = F.W * F.H * volume.D, F.W * F.H * self.K
        shape = (out.H, out.W, fan_in, self.K)
        weights = Param(shape, "weights", True, fan_in, fan_out, self.init)
        bias = Param((out.H, out.W, self.K), 0.0, False)
        return {"W": weights} | ({"b": bias} if self.bias else {})

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y[n, i, j, k] = sum of x's window at (i, j) times W[i, j, :, k], plus b[i, j, k]."""
        (x,) = xs
        return local.forward(run.workspace, x, params["W"], params.get("b"), run.plan), x

    def backward(
        self, run: Run, params: Params, cache: Array, dy: Array
    ) -> tuple[Array | None, ...]:
        """dW and db are of each place alone; dx takes dy back through its W."""
        x, dW, dx = cache, run.grads["W"], None
        if run.needs_dx:
            dx = local.backward(run.workspace, x, params["W"], run.plan, dy, dW)
        else:
            local.weight_gradient(run.workspace, x, run.plan, dy, dW)
        if self.bias:
            b = run.grads["b"]
            dense.column_sums(dy.reshape(-1, b.size), out=b.reshape(-1))
        return (dx,)

    def cost(self, in_shapes: Shapes) -> Cost:
        """F*F*D multiply-adds for each of the W2*H2*K neurons; nothing is shared."""
        (volume,) = in_shapes
        neurons = self.out_shape(in_shapes).size
        connections = self.F.W * self.F.H * volume.D
        return Cost(neurons * connections, neurons * (connections + self.bias), connections)

    def memory(self, in_shapes: Shapes) -> Memory:
        """x is padded for all images at once, so that the filters of a place are read once."""
        (volume,) = in_shapes
        P = window_geometry(self, volume).P
        padded = (volume.W + P.left + P.right) * (volume.H + P.top + P.bottom) * volume.D
        return Memory(
            "x",
            transient_bytes=4 * padded if max(P) > 0 else 0,
            workspace_bytes=2 * PRODUCT_BYTES,
        )

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        (reads,) = super().reads(in_shapes)
        return (reads._replace(groups=1),)

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Geometry:
        (volume,) = in_shapes
        return window_geometry(self, volume)
