"""CONV: each of K filters slides over the volume and takes a dot product at every place."""

from collections.abc import Container
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Annotated, NamedTuple

from cnncli.geometry import Extent, Geometry, Volume
from cnncli.kernels import dense
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.conv import depthwise, direct, winograd, winograd_columns
from cnncli.kernels.conv.cost_model import algorithms, workspace_bytes
from cnncli.kernels.conv.profiles import PROFILES, Profile
from cnncli.lazy import Array

from .base import (
    Context,
    Cost,
    Fusion,
    LayerError,
    Memory,
    Param,
    Params,
    Run,
    Shapes,
    Spelling,
    Work,
)
from .constraints import Field
from .conv_checks import check_whitening, group_problem
from .fields import Count, FilterInit, Fit, GroupCount, WindowExtent, WindowPadding
from .reading import Reads
from .windows import Windowed, filtered_shape, window_geometry

_KERNELS: dict[str, ModuleType] = {
    "direct": direct,
    "winograd": winograd,
    "winograd-columns": winograd_columns,
}
_PADDED = "called CONV, whose P keeps the size unless it is given; elsewhere it is 0"
_DARKNET = f"{_PADDED}; darknet's pad: 1 is P: same"
_USUAL_IMAGES = 64
"""In a shard, for which the memory of a layer is counted."""


class Plan(NamedTuple):
    """What every pass needs: the module that computes it, and where the windows lie."""

    kernel: ModuleType
    geometry: Geometry


@dataclass(frozen=True, kw_only=True)
class Conv(Windowed):
    """Convolution: (W - F + 2P)/S + 1 places in each axis, K filters of F x F x D with a bias.

    With groups, the first K/groups filters see the first D/groups channels, and so on.
    """

    spelling = Spelling(
        "CONV",
        meanings={
            **dict.fromkeys(("CONV", "CONVOLUTION"), _PADDED),
            "CONVOLUTIONAL": _DARKNET,
            **dict.fromkeys(
                ("DEPTHWISECONV", "DEPTHWISECONVOLUTION", "DWCONV", "DEPTHWISE"),
                "CONV(groups=depthwise), whose K is the depth of what it reads unless it is given, "
                "and whose P keeps the size",
            ),
            **dict.fromkeys(
                ("SEPARABLECONV", "SEPARABLECONVOLUTION", "SEPCONV"),
                "two layers, CONV(groups=depthwise, bias=false) -> CONV1-64, whose P keep the size "
                "unless they are given",
            ),
            **dict.fromkeys(("POINTWISECONV", "PWCONV", "POINTWISE"), "CONV1"),
            **dict.fromkeys(("DILATEDCONV", "ATROUSCONV"), "CONV(dilation=2)"),
            **dict.fromkeys(("GROUPCONV", "GROUPEDCONV"), "CONV(groups=2)"),
            **dict.fromkeys(
                ("CONVBNRELU", "CONVNORMACTIVATION", "CONVBNACT", "CONVMODULE", "CBR"),
                "three layers, CONV(bias=false) -> BATCHNORM -> RELU",
            ),
        },
        synonyms={"filters": "K", "size": "F", "stride": "S", "pad": "P"},
        size_suffix="F",
        dash_suffix="K",
    )

    K: Annotated[Count, Field(description="number of filters")] = 12
    F: Annotated[WindowExtent, Field(description="spatial extent of a filter")] = Extent(3, 3)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(1, 1)
    P: Annotated[
        WindowPadding | None, Field(description="zero padding; default dilation*(F-1)/2")
    ] = None
    dilation: Annotated[
        WindowExtent, Field(description="how far the pixels under a filter lie apart")
    ] = Extent(1, 1)
    groups: GroupCount = 1
    bias: Annotated[bool, Field(description="add one bias for each filter")] = True
    fit: Annotated[Fit | None, Field(description="what to do with remaining places")] = None
    init: Annotated[FilterInit | None, Field(description="how the weights start")] = None

    def open_sizes(self, given: Container[str]) -> dict[str, str]:
        """A filter for each channel, where groups are depthwise and K is not given."""
        return {"K": "input.D"} if self.groups == "depthwise" and "K" not in given else {}

    def complete(self, context: Context) -> "Conv":
        """P = dilation*(F - 1)/2 where it is not given, and the file's `init`."""
        layer: Conv = super().complete(context)
        return replace(layer, init=self.init or context.init)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x K. Raises LayerError where groups do not divide the depth or K too."""
        (volume,) = in_shapes
        wrong = group_problem(self.K, self.groups, volume.D)
        try:
            out = filtered_shape(self, volume, self.K)
        except LayerError as error:
            message = f"{error}\nAnd {wrong}" if wrong else str(error)
            raise LayerError(message, error.field, error.assume) from None
        if wrong:
            raise LayerError(str(wrong), wrong.field, assume=out)
        if self.init and self.init.name == "whitening":
            check_whitening(self.K, self.F, self._groups(volume), volume, out)
        return out

    def _groups(self, volume: Volume) -> int:
        return volume.D if self.groups == "depthwise" else self.groups

    def _connections(self, volume: Volume) -> int:
        return self.F.W * self.F.H * volume.D // self._groups(volume)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (F, F, D/groups, K) with the filter's height first, and b (K,)."""
        (volume,) = in_shapes
        F, groups = self.F, self._groups(volume)
        shape = (F.H, F.W, volume.D // groups, self.K)
        fan_in, fan_out = self._connections(volume), F.W * F.H * self.K // groups
        weights = Param(shape, "weights", True, fan_in, fan_out, self.init)
        return {"W": weights} | ({"b": Param((self.K,), 0.0, False)} if self.bias else {})

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y[n, i, j, k] = sum of x's window at (i, j) times W[..., k], plus b[k]."""
        (x,) = xs
        kernel, geometry = run.plan
        W, b, cut = run.prologue.before(run.workspace, params["W"], params.get("b"))
        if run.leaves_biases:
            run.left_biases, b = b, None
        W = run.epilogue.scale_filters(run.workspace, W)
        b = run.epilogue.scale_biases(b)
        y = kernel.forward(run.workspace, x, W, b, geometry, run.epilogue, *([cut] if cut else []))
        return y, x

    def backward(
        self, run: Run, params: Params, cache: Array, dy: Array
    ) -> tuple[Array | None, ...]:
        """dW sums x's windows times dy over all places; dx takes dy back through W."""
        x, dW, dx = cache, run.grads["W"], None
        kernel, geometry = run.plan
        if run.needs_dx:
            dx = kernel.backward(run.workspace, x, params["W"], geometry, dy, dW)
        else:
            kernel.weight_gradient(run.workspace, x, geometry, dy, dW)
        if self.bias:
            dense.column_sums(dy, out=run.grads["b"])
        return (dx,)

    def cost(self, in_shapes: Shapes) -> Cost:
        """F*F*D/groups multiply-adds for each of the W2*H2*K neurons."""
        (volume,) = in_shapes
        neurons = filtered_shape(self, volume, self.K).size
        connections = self._connections(volume)
        return Cost(neurons * connections, neurons * (connections + self.bias), connections)

    def memory(self, in_shapes: Shapes) -> Memory:
        """x is kept; the kernels take blocks of windows, and copies of filters."""
        (volume,) = in_shapes
        groups, geometry = self._groups(volume), window_geometry(self, volume)
        if self._is_depthwise(volume):
            # dx before it is added up over the filters of a channel
            own_dx = volume.W * volume.H * self.K if self.K > volume.D else 0
            # lines repeated and added up; filters along a line, with their gradients
            of_filters = self.F.W * self.F.H * geometry.out.W * self.K
            workspace = 4 * PRODUCT_BYTES + 3 * 4 * of_filters
            return Memory("x", transient_bytes=4 * own_dx, workspace_bytes=workspace)
        # the same on every machine: for the profile that needs most
        usual = {
            next(iter(self.algorithms(in_shapes, _USUAL_IMAGES, profile)), "direct")
            for profile in PROFILES
        }
        depth = volume.D // groups
        workspace = max(workspace_bytes(way, geometry, depth, self.K) for way in usual)
        return Memory("x", workspace_bytes=workspace)

    def _is_depthwise(self, volume: Volume) -> bool:
        """Whether every filter sees one channel of several."""
        return volume.D // self._groups(volume) == 1 < volume.D

    def algorithms(self, in_shapes: Shapes, images: int, profile: Profile) -> tuple[str, ...]:
        """Direct, and Winograd's where there are transforms for the filters."""
        (volume,) = in_shapes
        if self._groups(volume) > 1 or self.groups == "depthwise":
            return ()
        names = algorithms(window_geometry(self, volume), volume.D, self.K, images, profile)
        return names if len(names) > 1 else ()

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        (reads,) = super().reads(in_shapes)
        return (reads._replace(groups=self._groups(in_shapes[0])),)

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Plan:
        """The kernel of the algorithm, or the one for depthwise filters."""
        (volume,) = in_shapes
        geometry = window_geometry(self, volume)
        if self._is_depthwise(volume):
            return Plan(depthwise, geometry)
        return Plan(_KERNELS[algorithm or "direct"], geometry)

    def fusion(self, training: bool) -> Fusion:
        """Scales go into the filters, shifts into the biases.

        In evaluation, where x is not kept, also those of layers before it, if it weighs single
        pixels or single channels.
        """
        works: tuple[Work, ...] = ("scale", "rectify")
        of_pixels = Extent(1, 1) == self.F and not any(self.P or ()) and self.groups == 1
        of_channels = Extent(1, 1) != self.F and self.groups == "depthwise"
        before = works if (of_pixels or of_channels) and not training else ()
        return Fusion(works, accepts_before=before, copies_input=of_channels)
