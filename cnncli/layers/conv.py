"""CONV: each of K filters slides over the volume and takes a dot product at every place."""

from dataclasses import dataclass, replace
from math import gcd
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Extent, Geometry, Volume
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.conv.cost_model import algorithms, workspace_bytes

from .base import Context, Cost, Layer, LayerError, Param, Params, Run, Shapes, Window
from .fields import Count, FilterInit, Fit, GroupCount, WindowExtent, WindowPadding
from .windows import filtered, geometry, size_keeping_padding, with_fit

if TYPE_CHECKING:
    from .base import Array

    Cache = tuple[Array, Geometry]

_USUAL_IMAGES = 64
"""For which a layer's memory is told."""


_MODULES = {
    "direct": "direct",
    "winograd": "winograd",
    "winograd-columns": "winograd_columns",
}


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
    FINISHES = ("scaled", "rectified")

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
    init: Annotated[FilterInit | None, Field(description="how the weights start")] = None

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
        self._check_whitening(volume, out)
        return out

    def _check_whitening(self, volume: Volume, out: Volume) -> None:
        """Patches have as many principal axes as numbers, and each gives two filters."""
        if self.init is None or self.init.name != "whitening":
            return
        most = 2 * self.F.W * self.F.H * volume.D
        if self._groups(volume) > 1:
            raise LayerError("init: whitening needs groups=1.\nUse groups: 1.", "groups", out)
        if most < self.K:
            raise LayerError(
                f"init: whitening gives at most 2*F*F*D = {most} filters, not K={self.K}.\n"
                f"Use K: {most} or fewer.",
                "K",
                out,
            )

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
        own_dx, workspace = 0, 0
        if self._is_depthwise(volume.D, volume.D // self._groups(volume)):
            # dx before it is added up over the filters of a channel
            own_dx = volume.W * volume.H * self.K if self.K > volume.D else 0
            # lines repeated and added up; filters along a line, with their gradients
            workspace = 4 * PRODUCT_BYTES + 3 * 4 * connections * out.W * self.K
        else:
            algorithm = next(iter(self.algorithms(in_shapes, _USUAL_IMAGES)), "direct")
            depth = volume.D // self._groups(volume)
            workspace = workspace_bytes(algorithm, geometry(self, volume), depth, self.K)
        return Cost(
            macs=out.size * connections,
            unshared=out.size * (connections + self.bias),
            connections=connections,
            transient_bytes=4 * own_dx,
            workspace_bytes=workspace,
        )

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S, the gaps of the dilation included."""
        where = geometry(self, in_shape)
        return Window(where.reach, self.S, Extent(where.P.left, where.P.top))

    @staticmethod
    def _is_depthwise(depth: int, of_group: int) -> bool:
        """Whether every filter sees one channel of several."""
        return of_group == 1 < depth

    def algorithms(self, in_shapes: Shapes, images: int) -> tuple[str, ...]:
        """Direct, and Winograd's where there are transforms for the filters."""
        (volume,) = in_shapes
        if self._groups(volume) > 1:
            return ()
        names = algorithms(geometry(self, volume), volume.D, self.K, images)
        return names if len(names) > 1 else ()

    def _arithmetic(self, run: Run, x: "Array", W: "Array") -> ModuleType:
        N, height, width, depth = x.shape
        if self._is_depthwise(depth, W.shape[2]):
            return kernels.depthwise
        names = self.algorithms((Volume(width, height, depth),), N)
        algorithm = run.algorithm or next(iter(names), "direct")
        module: ModuleType = getattr(kernels, _MODULES[algorithm])
        return module

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Cache, dict[str, Array]]":
        """y[n, i, j, k] = sum of x's window at (i, j) times W[..., k], plus b[k]."""
        (x,) = xs
        where = geometry(self, Volume(x.shape[2], x.shape[1], x.shape[3]))
        W = run.finish.filters(run.workspace, params["W"])
        b = run.finish.biases(params.get("b"))
        y = self._arithmetic(run, x, W).forward(run.workspace, x, W, b, where, run.finish)
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
