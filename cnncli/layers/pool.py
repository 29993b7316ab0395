"""POOL: one number for each window of each depth slice, its maximum or its average."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.geometry import Extent, Geometry, Padding

from .base import Context, Layer, LayerError, Params, Run, Shapes, Window
from .hyperparameters import Fit, Volume, WindowExtent, WindowPadding
from .windows import geometry, with_fit

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Pool(Layer):
    """Downsampling by windows of F x F at stride S, in each depth slice on its own.

    Padding never counts: it is ignored by a maximum, and an average divides by the real pixels
    under its window.
    """

    NAMES = ("POOL",)
    ELSEWHERE = ("MAXPOOL", "MAXPOOL2D", "AVGPOOL", "AVGPOOL2D", "SUBSAMPLE")
    SYNONYMS = {"size": "F", "stride": "S", "pad": "P", "kind": "mode"}
    GLUED = "F"
    DASHED = "F"
    KEEPS = "xy"

    F: Annotated[WindowExtent, Field(description="spatial extent of a window")] = Extent(2, 2)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(2, 2)
    P: Annotated[WindowPadding, Field(description="padding, smaller than F")] = Padding()
    mode: Annotated[Literal["max", "average"], Field(description="what a window yields")] = "max"
    fit: Annotated[Fit | None, Field(description="what to do with places left over")] = None

    @property
    def dilation(self) -> Extent:
        """A pooling window has no gaps."""
        return Extent(1, 1)

    def complete(self, context: Context) -> "Pool":
        """The file's `fit` where it has none of its own."""
        return with_fit(self, context.fit)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W2 x H2 x D. Raises LayerError where P would allow a window without a real pixel."""
        (volume,) = in_shapes
        if self.P != "same" and (
            max(self.P.left, self.P.right) >= self.F.W or max(self.P.top, self.P.bottom) >= self.F.H
        ):
            raise LayerError(
                f"P={self.P} must be smaller than F={self.F}, so that every window has a pixel.",
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

    def window(self, in_shape: Volume) -> Window:
        """F x F at stride S."""
        P = geometry(self, in_shape).P
        return Window(self.F, self.S, Extent(P.left, P.top))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The maximum or the average of each window."""
        (x,) = xs
        where = geometry(self, Volume(x.shape[2], x.shape[1], x.shape[3]))
        if self.mode == "max":
            y = kernels.pooling.maximum(run.workspace, x, where)
            return y, (x, y, where), {}
        return kernels.pooling.average(run.workspace, x, where), (x, None, where), {}

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dy goes to each window's maximum (the first of equals), or in equal parts to all."""
        x, y, where = cache
        if self.mode == "max":
            return (kernels.pooling.maximum_backward(run.workspace, x, y, where, dy),), {}
        return (kernels.pooling.average_backward(run.workspace, x.shape, where, dy),), {}
