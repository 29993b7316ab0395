"""POOL: one number for each window of each depth slice: its maximum, average or L2 norm."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Extent, Geometry, Padding, Volume
from cnncli.kernels.chunks import PASS_BYTES

from .base import Context, Cost, Layer, LayerError, Params, Run, Shapes, Window
from .fields import Fit, PoolExtent, WindowExtent, WindowPadding
from .windows import geometry, with_fit

if TYPE_CHECKING:
    from .base import Array

_FEW_PIXELS = 16
"""Of a window, up to which marking the maxima costs less than looking for them again."""


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

    def is_maximum(self) -> bool:
        """Of a window, in the mode `max`."""
        return self.mode == "max"

    def keeps(self, in_shapes: Shapes) -> str:
        """An average's gradient does not depend on the pixels; of tiles the maxima are marked."""
        (volume,) = in_shapes
        return "" if self.mode == "average" or self._marks(volume) else self.KEEPS

    def _marks(self, volume: Volume) -> bool:
        """Whether forward marks the maxima: where every pixel lies in one small window."""
        where = geometry(self, volume)
        return self.mode == "max" and where.tiles and where.F.W * where.F.H <= _FEW_PIXELS

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
        """The rows of some images at a time, with their gradients; a byte for each mark."""
        (volume,) = in_shapes
        where = geometry(self, volume)
        pixels, places = where.F.W * where.F.H, where.out.W * where.out.H
        marks = (pixels - 1) * places * volume.D if self._marks(volume) else 0
        return Cost(workspace_bytes=3 * PASS_BYTES // 2, cache_bytes=marks)

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S."""
        where = geometry(self, in_shape)
        return Window(where.F, where.S, Extent(where.P.left, where.P.top))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The maximum, the average or the root of the sum of squares of each window."""
        (x,) = xs
        volume = Volume(x.shape[2], x.shape[1], x.shape[3])
        where = geometry(self, volume)
        pooling = kernels.pooling
        if self.mode == "average":
            y = pooling.average(run.workspace, x, where)
            return y, (pooling.average_backward, x.shape, where), {}
        if run.training and self._marks(volume):
            y, marks = pooling.maximum_of_tiles(run.workspace, x, where)
            return y, (pooling.maximum_of_tiles_backward, marks, where), {}
        if self.mode == "max":
            y = pooling.maximum(run.workspace, x, where)
            return y, (pooling.maximum_backward, x, y, where), {}
        y = pooling.norm(run.workspace, x, where)
        return y, (pooling.norm_backward, x, y, where), {}

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dy goes to the first maximum of each window, in equal parts to all, or by x/y."""
        backward, *kept = cache
        return (backward(run.workspace, *kept, dy),), {}
