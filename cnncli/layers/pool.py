"""POOL: one number for each window of each depth slice: its maximum, average or L2 norm."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.blocks import PASS_BYTES
from cnncli.kernels.geometry import Extent, Geometry, Padding

from .base import Context, Cost, Layer, LayerError, Params, Run, Shapes, Window
from .hyperparameters import Fit, PoolExtent, Volume, WindowExtent, WindowPadding
from .windows import geometry, with_fit

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Pool(Layer):
    """Downsampling by windows of F x F at stride S, in each depth slice on its own.

    Padding never counts: it is ignored by a maximum and an L2 norm, and an average divides by the
    real pixels under its window. A global window is the whole map.
    """

    NAMES = ("POOL",)
    ELSEWHERE = (
        *("MAXPOOL", "MAXPOOL2D", "MAXPOOLING", "MAXPOOLING2D", "SUBSAMPLE", "LPPOOL2D"),
        *("AVGPOOL", "AVGPOOL2D", "AVERAGEPOOL", "AVERAGEPOOLING", "AVERAGEPOOLING2D"),
        *("GLOBALPOOL", "GLOBALAVGPOOL", "GLOBALAVERAGEPOOL", "GLOBALAVERAGEPOOLING2D", "GAP"),
        *("GLOBALMAXPOOL", "GLOBALMAXPOOLING2D", "ADAPTIVEAVGPOOL2D", "ADAPTIVEMAXPOOL2D"),
    )
    SYNONYMS = {"size": "F", "stride": "S", "pad": "P", "kind": "mode"}
    GLUED = "F"
    DASHED = "F"
    KEEPS = "xy"

    F: Annotated[
        PoolExtent,
        Field(
            title="a whole number, WIDTHxHEIGHT or global",
            description="spatial extent of a window; global: the whole map, without S and P",
        ),
    ] = Extent(2, 2)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(2, 2)
    P: Annotated[WindowPadding, Field(description="padding, smaller than F")] = Padding()
    mode: Annotated[Literal["max", "average", "L2"], Field(description="what a window yields")] = (
        "max"
    )
    fit: Annotated[Fit | None, Field(description="what to do with places left over")] = None

    @property
    def keeps(self) -> str:
        """An average's gradient does not depend on the pixels."""
        return "" if self.mode == "average" else self.KEEPS

    @property
    def dilation(self) -> Extent:
        """A pooling window has no gaps."""
        return Extent(1, 1)

    def complete(self, context: Context) -> "Pool":
        """The file's `fit` where it has none of its own; a global window has no stride."""
        layer = with_fit(self, context.fit)
        return replace(layer, S=Extent(1, 1), P=Padding()) if self.F == "global" else layer

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x D. Raises LayerError where P would allow a window without a real pixel."""
        (volume,) = in_shapes
        F, P = self.F, self.P
        if (F != "global" and P != "same") and (
            max(P.left, P.right) >= F.W or max(P.top, P.bottom) >= F.H
        ):
            raise LayerError(
                f"P={P} must be smaller than F={F}, so that every window has a pixel.",
                field="P",
            )
        where = geometry(self, volume)
        if self._misses_pixels(where):
            raise LayerError(
                f"F={self.F}, S={self.S}, P={self.P}, fit={self.fit}: the last window would lie "
                f"outside the {volume.W}x{volume.H} map.\nUse fit: crop, or a smaller S.",
                field="S",
            )
        return Volume(where.out.W, where.out.H, volume.D)

    @staticmethod
    def _misses_pixels(where: Geometry) -> bool:
        last_column = (where.out.W - 1) * where.S.W - where.P.left
        last_row = (where.out.H - 1) * where.S.H - where.P.top
        return last_column >= where.size.W or last_row >= where.size.H

    def cost(self, in_shapes: Shapes) -> Cost:
        """The rows of some images at a time, with their gradients."""
        return Cost(workspace_bytes=3 * PASS_BYTES // 2)

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S."""
        where = geometry(self, in_shape)
        return Window(where.F, where.S, Extent(where.P.left, where.P.top))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The maximum, the average or the root of the sum of squares of each window."""
        (x,) = xs
        where = geometry(self, Volume(x.shape[2], x.shape[1], x.shape[3]))
        if self.mode == "average":
            y = kernels.pooling_sums.average(run.workspace, x, where)
            return y, (x.shape, where), {}
        forward = kernels.pooling.maximum if self.mode == "max" else kernels.pooling_sums.norm
        y = forward(run.workspace, x, where)
        return y, (x, y, where), {}

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dy goes to the first maximum of each window, in equal parts to all, or by x/y."""
        if self.mode == "average":
            in_shape, where = cache
            return (kernels.pooling_sums.average_backward(run.workspace, in_shape, where, dy),), {}
        x, y, where = cache
        pooling, sums = kernels.pooling, kernels.pooling_sums
        backward = pooling.maximum_backward if self.mode == "max" else sums.norm_backward
        return (backward(run.workspace, x, y, where, dy),), {}
