"""CONV: each of K filters slides over the volume and takes a dot product at every place."""

from dataclasses import dataclass, replace
from math import gcd
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.algorithms import TILE, has_winograd, winograd_pays
from cnncli.kernels.blocks import PRODUCT_BYTES
from cnncli.kernels.geometry import Extent, Geometry

from .base import Context, Cost, Layer, LayerError, Param, Params, Run, Shapes, Window
from .hyperparameters import (
    Count,
    Fit,
    GroupCount,
    Volume,
    WeightInit,
    WindowExtent,
    WindowPadding,
)
from .windows import filtered, geometry, size_keeping_padding, with_fit

if TYPE_CHECKING:
    from .base import Array

    Cache = tuple[Array, Geometry]


@dataclass(frozen=True, kw_only=True)
class Conv(Layer):
    """Convolution: (W - F + 2P)/S + 1 places in each axis, K filters of F x F x D with a bias.

    With groups, the first K/groups filters see the first D/groups channels, and so on.
    """

    NAMES = ("CONV",)
    ELSEWHERE = ("CONV2D", "CONVOLUTION", "CONVOLUTIONAL")
    SYNONYMS = {"filters": "K", "size": "F", "stride": "S", "pad": "P"}
    GLUED = "F"
    DASHED = "K"
    KEEPS = "x"

    K: Annotated[Count, Field(description="number of filters")] = 12
    F: Annotated[WindowExtent, Field(description="spatial extent of a filter")] = Extent(3, 3)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(1, 1)
    P: Annotated[
        WindowPadding | None, Field(description="zero padding; default dilation*(F-1)/2")
    ] = None
    dilation: Annotated[
        WindowExtent, Field(description="how far the pixels under a filter lie apart")
    ] = Extent(1, 1)
    groups: Annotated[
        GroupCount,
        Field(
            description="groups that the channels and the filters are split into, each with its "
            "own; depthwise: as many as the input is deep"
        ),
    ] = 1
    bias: Annotated[bool, Field(description="add one bias for each filter")] = True
    fit: Annotated[Fit | None, Field(description="what to do with places left over")] = None
    init: Annotated[WeightInit | None, Field(description="how the weights start")] = None

    def complete(self, context: Context) -> "Conv":
        """P = dilation*(F - 1)/2 where it is not given; a window of even reach has no such P."""
        layer = replace(with_fit(self, context.fit), init=self.init or context.init)
        if self.P is None:
            layer = replace(layer, P=size_keeping_padding(self.F, self.dilation))
        return layer

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x K. Raises LayerError where groups divides the depth or K with a rest too."""
        (volume,) = in_shapes
        wrong = self._wrong_groups(volume)
        try:
            out = filtered(self, volume, self.K)
        except LayerError as error:
            message = f"{error}\nAnd {wrong}" if wrong else str(error)
            raise LayerError(message, error.field, error.assume) from None
        if wrong:
            raise LayerError(str(wrong), wrong.field, assume=out)
        return out

    def _wrong_groups(self, volume: Volume) -> LayerError | None:
        """What is wrong with the number of groups, if something is."""
        groups = self._groups(volume)
        text = f"groups={self.groups}" + (f" ({groups})" if groups != self.groups else "")
        for field, name, number in (("groups", "the depth", volume.D), ("K", "K", self.K)):
            if rest := number % groups:
                return LayerError(
                    f"{text} must divide {name}: {number}/{groups} leaves a rest of {rest}.\n"
                    f"{self._remedy(volume)}",
                    field,
                )
        return None

    def _groups(self, volume: Volume) -> int:
        return volume.D if self.groups == "depthwise" else self.groups

    def _remedy(self, volume: Volume) -> str:
        if self.groups == "depthwise":
            return f"Use a multiple of {volume.D} for K."
        largest = gcd(volume.D, self.K)
        smaller = " or a divisor of it" if largest > 1 else ""
        other = ", or another K" if volume.D % self._groups(volume) == 0 else ""
        return f"Use groups: {largest}{smaller}{other}."

    def _connections(self, volume: Volume) -> int:
        return self.F.W * self.F.H * volume.D // self._groups(volume)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (F, F, D/groups, K) with the filter's height first, and b (K,)."""
        (volume,) = in_shapes
        F, groups = self.F, self._groups(volume)
        shape = (F.H, F.W, volume.D // groups, self.K)
        fan_in, fan_out = self._connections(volume), F.W * F.H * self.K // groups
        weights = Param(shape, "weights", True, fan_in, fan_out, self.init)
        return {"W": weights} | ({"b": Param((self.K,), "zeros", False)} if self.bias else {})

    def cost(self, in_shapes: Shapes) -> Cost:
        """F*F*D/groups multiply-adds for each of the W2*H2*K neurons."""
        (volume,) = in_shapes
        out = filtered(self, volume, self.K)
        connections = self._connections(volume)
        depthwise = self._is_depthwise(volume.D, volume.D // self._groups(volume))
        # turned filters, and their gradient's sum and last term; of lines where depthwise
        runs = out.W if depthwise else 1
        # dx before it is added up over the filters of a channel
        own_dx = volume.W * volume.H * self.K if depthwise and self.K > volume.D else 0
        fast = self.algorithms(in_shapes)[:1] == ("winograd",)
        filters = TILE**2 * volume.D if fast else connections * runs
        # of windows; and transformed, before and after the product, or repeated and added up
        blocks = 4 if fast or depthwise else 2
        return Cost(
            macs=out.size * connections,
            unshared=out.size * (connections + self.bias),
            connections=connections,
            transient_bytes=4 * own_dx,
            workspace_bytes=blocks * PRODUCT_BYTES + 3 * 4 * filters * self.K,
        )

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S, the gaps of the dilation included."""
        where = geometry(self, in_shape)
        return Window(where.reach, self.S, Extent(where.P.left, where.P.top))

    @staticmethod
    def _is_depthwise(depth: int, of_group: int) -> bool:
        """Whether every filter sees one channel of several."""
        return of_group == 1 < depth

    def algorithms(self, in_shapes: Shapes) -> tuple[str, ...]:
        """Direct, and Winograd's where there is one for the filters."""
        (volume,) = in_shapes
        where = geometry(self, volume)
        if self._groups(volume) > 1 or not has_winograd(where):
            return ()
        pays = winograd_pays(where, volume.D, self.K)
        return ("winograd", "direct") if pays else ("direct", "winograd")

    def _arithmetic(self, run: Run, x: "Array", W: "Array") -> ModuleType:
        volume = Volume(x.shape[2], x.shape[1], x.shape[3])
        if self._is_depthwise(volume.D, W.shape[2]):
            return kernels.depthwise
        algorithm = run.algorithm or next(iter(self.algorithms((volume,))), "direct")
        return kernels.winograd if algorithm == "winograd" else kernels.convolution

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Cache, dict[str, Array]]":
        """y[n, i, j, k] = sum of x's window at (i, j) times W[..., k], plus b[k]."""
        (x,) = xs
        where = geometry(self, Volume(x.shape[2], x.shape[1], x.shape[3]))
        arithmetic = self._arithmetic(run, x, params["W"])
        y = arithmetic.forward(run.workspace, x, params["W"], params.get("b"), where)
        return y, (x, where), {}

    def backward(
        self, run: Run, params: Params, cache: "Cache", dy: "Array"
    ) -> "tuple[tuple[Array | None], dict[str, Array]]":
        """dW sums x's windows times dy over all places; dx spreads dy through W."""
        x, where = cache
        grads: dict[str, Any] = dict(run.grads)
        arithmetic = self._arithmetic(run, x, params["W"])
        dx = arithmetic.backward(
            run.workspace, x, params["W"], where, dy, dW=grads["W"], needs_dx=run.needs_dx
        )
        if self.bias:
            kernels.dense.column_sums(dy, out=grads["b"])
        return (dx,), grads
