"""CONVT: transposed convolution, which makes maps larger, as a convolution's gradient does."""

from collections.abc import Container
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd
from typing import Annotated

from cnncli.geometry import Extent, Geometry, Padding, Volume, reach
from cnncli.kernels import dense
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.conv import transposed
from cnncli.lazy import Array

from .base import (
    Context,
    Cost,
    Layer,
    LayerError,
    Memory,
    Param,
    Params,
    Run,
    Shapes,
    Spelling,
)
from .constraints import Field
from .conv_checks import group_problem
from .fields import Count, GroupCount, Offset, WeightInit, WindowExtent, WindowPadding
from .reading import Reading, Reads, periodic


@dataclass(frozen=True, kw_only=True)
class ConvT(Layer):
    """Transposed convolution: (W - 1)*S + F - 2P + extra places in each axis, K filters.

    Each pixel adds its multiple of the F x F filters to the output, S apart from its neighbour's;
    P pixels of the rim are then cut off. It is the backward pass of a CONV with the same F, S and
    P that would make the input of the output (Dumoulin and Visin 2016, section 4).
    """

    spelling = Spelling(
        "CONVT",
        aliases=("DECONV",),
        meanings=dict.fromkeys(
            (
                *("CONVTRANSPOSE", "TRANSPOSEDCONV", "TRANSPOSECONV", "DECONVOLUTION"),
                *("DECONVOLUTIONAL", "DECONV", "UPCONV"),
            ),
            "called CONVT, whose F and S are 2 unless they are given; elsewhere S is 1",
        ),
        synonyms={
            "filters": "K",
            "size": "F",
            "stride": "S",
            "pad": "P",
            "output_padding": "extra",
        },
        size_suffix="F",
        dash_suffix="K",
    )

    K: Annotated[Count, Field(description="number of filters")] = 12
    F: Annotated[WindowExtent, Field(description="spatial extent of a filter")] = Extent(2, 2)
    S: Annotated[
        WindowExtent, Field(description="stride in the output: how many times larger it becomes")
    ] = Extent(2, 2)
    P: Annotated[
        WindowPadding, Field(description="pixels cut off the output; same: it is S times as large")
    ] = Padding()
    extra: Annotated[
        Offset,
        Field(description="more pixels on the right and at the bottom, which few filters reach"),
    ] = Extent(0, 0)
    dilation: Annotated[
        WindowExtent, Field(description="how far the pixels that a filter reaches lie apart")
    ] = Extent(1, 1)
    groups: GroupCount = 1
    bias: Annotated[bool, Field(description="add one bias for each filter")] = True
    init: Annotated[WeightInit | None, Field(description="how the weights start")] = None

    def open_sizes(self, given: Container[str]) -> dict[str, str]:
        """A filter for each channel, where groups are depthwise and K is not given."""
        return {"K": "input.D"} if self.groups == "depthwise" and "K" not in given else {}

    def complete(self, context: Context) -> "ConvT":
        """The file's `init` where it has none of its own."""
        return replace(self, init=self.init or context.init)

    def _padding(self) -> Padding:
        """The pixels cut off each side; of an odd number for `same` one more at the end."""
        if self.P != "same":
            return Padding(*self.P)
        extent = reach(self.F, self.dilation)
        across, down = extent.W - self.S.W, extent.H - self.S.H
        return Padding(across // 2, across - across // 2, down // 2, down - down // 2)

    def _geometry(self, volume: Volume) -> Geometry:
        """The windows of the output whose places are the input's pixels."""
        P, extra, extent = self._padding(), self.extra, reach(self.F, self.dilation)
        P = P._replace(right=P.right - extra.W, bottom=P.bottom - extra.H)
        cut = P.left + P.right, P.top + P.bottom
        places = Extent(volume.W, volume.H)
        size = Extent(
            *((w - 1) * s + f - p for w, s, f, p in zip(places, self.S, extent, cut, strict=True))
        )
        if min(size) < 1:
            raise LayerError(
                f"F={self.F}, S={self.S}, P={self.P} leave less than one pixel:\n"
                f"({volume.W} - 1)*{self.S.W} + {extent.W} - {cut[0]} = {size.W} wide, "
                f"({volume.H} - 1)*{self.S.H} + {extent.H} - {cut[1]} = {size.H} high.\n"
                "Use a smaller P, or a larger F.",
                field="P",
            )
        return Geometry(size, self.F, self.S, P, places, self.dilation)

    def _groups(self, volume: Volume) -> int:
        return volume.D if self.groups == "depthwise" else self.groups

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x K. Raises LayerError where P leaves nothing, or groups do not divide D and K.

        And where so many extra pixels are asked for that some place of the input could be another.
        """
        (volume,) = in_shapes
        size = self._geometry(volume).size
        out = Volume(size.W, size.H, self.K)
        for axis, extra, S, gap in zip(
            ("width", "height"), self.extra, self.S, self.dilation, strict=True
        ):
            if extra >= max(S, gap):
                raise LayerError(
                    f"extra={self.extra} must be smaller than S={self.S} or the dilation in the "
                    f"{axis}: more pixels are another pixel of the input.\nUse a smaller extra.",
                    "extra",
                    out,
                )
        if wrong := group_problem(self.K, self.groups, volume.D):
            raise LayerError(str(wrong), wrong.field, out)
        return out

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (F, F, K/groups, D), those of the convolution that it is the transpose of; b (K,)."""
        (volume,) = in_shapes
        F, S, groups = self.F, self.S, self._groups(volume)
        # pixels under a filter, on average over the places of the output
        seen = Fraction(F.W * F.H, S.W * S.H * groups)
        fan_in, fan_out = max(round(seen * volume.D), 1), F.W * F.H * self.K // groups
        shape = (F.H, F.W, self.K // groups, volume.D)
        weights = Param(shape, "weights", True, fan_in, fan_out, self.init)
        return {"W": weights} | ({"b": Param((self.K,), 0.0, False)} if self.bias else {})

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y[n, i, j, k] = sum of x's pixels that reach (i, j), times W[.., k, :], plus b[k]."""
        (x,) = xs
        groups = self.K // params["W"].shape[2]
        y = transposed.forward(run.workspace, x, params["W"], params.get("b"), groups, run.plan)
        return y, x

    def backward(
        self, run: Run, params: Params, cache: Array, dy: Array
    ) -> tuple[Array | None, ...]:
        """The passes of a convolution change places: dx is its forward pass over dy."""
        x, dW, dx = cache, run.grads["W"], None
        if run.needs_dx:
            dx = transposed.backward(run.workspace, x, params["W"], run.plan, dy, dW)
        else:
            transposed.weight_gradient(run.workspace, x, run.plan, dy, dW)
        if self.bias:
            dense.column_sums(dy, out=run.grads["b"])
        return (dx,)

    def cost(self, in_shapes: Shapes) -> Cost:
        """F*F*K/groups multiply-adds for each number of the input."""
        (volume,) = in_shapes
        (reads,), groups = self.reads(in_shapes), self._groups(volume)
        connections = reads.across.most * reads.down.most * volume.D // groups
        neurons = self.out_shape(in_shapes).size
        macs = volume.size * self.F.W * self.F.H * self.K // groups
        return Cost(macs, neurons * (connections + self.bias), connections)

    def memory(self, in_shapes: Shapes) -> Memory:
        """A block of windows; turned filters, and their gradient's sum and last term."""
        (volume,) = in_shapes
        filters = self.F.W * self.F.H * self.K * volume.D // self._groups(volume)
        return Memory("x", workspace_bytes=PRODUCT_BYTES + 3 * 4 * filters)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """Place o the pixels i with S*i + dilation*k = o + P for some k of a filter: often F/S."""
        P = self._padding()
        across, down = (
            _reading(*axis)
            for axis in zip(self.F, self.S, self.dilation, (P.left, P.top), strict=True)
        )
        return (Reads(across, down, groups=self._groups(in_shapes[0])),)

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Geometry:
        (volume,) = in_shapes
        return self._geometry(volume)


def _reading(F: int, S: int, dilation: int, P: int) -> Reading:
    divisor = gcd(S, dilation)

    def pixels(place: int) -> range:
        first = (k for k in range(min(F, S)) if (place + P - dilation * k) % S == 0)
        if (k := next(first, None)) is None:
            return range(0)
        last = k + (F - 1 - k) // (S // divisor) * (S // divisor)
        begin, end = ((place + P - dilation * k) // S for k in (last, k))
        return range(begin, end + 1, dilation // divisor)

    return periodic(S, 1, pixels, range((P - dilation * (F - 1)) // S, (S - 1 + P) // S + 1))
