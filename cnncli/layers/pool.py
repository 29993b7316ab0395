"""POOL: one number for each window of each depth slice: its maximum, average or L2 norm."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from cnncli.geometry import Extent, Geometry, Padding, Volume
from cnncli.kernels import pooling
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.lazy import Array

from .base import Context, Fusion, LayerError, Memory, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import Fit, PoolExtent, PoolMode, WindowExtent, WindowPadding
from .windows import Windowed, window_geometry

_STRIDE = "whose S is 2 unless it is given; elsewhere it is F"
_FEW_PIXELS = 16
"""Of a window, up to which marking the maxima costs less than looking for them again."""


@dataclass(frozen=True, kw_only=True)
class Pool(Windowed):
    """Downsampling by windows of F x F at stride S, in each depth slice on its own.

    Padding never counts: it is ignored by a maximum and an L2 norm, and an average divides by the
    real pixels under its window, as in TensorFlow. With count_border the zeros of P count in an
    average, as in Caffe and by PyTorch's default; what `fit: pad` adds beyond P never does. A
    global window is the whole map.
    """

    skips_padding = True

    spelling = Spelling(
        "POOL",
        meanings={
            **dict.fromkeys(
                ("MAXPOOL", "MAXPOOLING", "SUBSAMPLE", "SUBSAMPLING", "DOWNSAMPLE"),
                f"called POOL, {_STRIDE}",
            ),
            "POOLING": f"called POOL, {_STRIDE}; in Caffe 1, and its maps are those of fit: pad",
            **dict.fromkeys(
                ("AVGPOOL", "AVGPOOLING", "AVERAGEPOOL", "AVERAGEPOOLING", "LOCALAVGPOOL"),
                f"POOL(mode=average), {_STRIDE}; darknet's avgpool is POOL(F=global, mode=average)",
            ),
            **dict.fromkeys(
                (
                    *("GLOBALPOOL", "GLOBALPOOLING", "GLOBALAVGPOOL", "GLOBALAVERAGEPOOL", "GAP"),
                    *("GLOBALAVERAGEPOOLING", "GLOBALAVGPOOLING"),
                ),
                "POOL(F=global, mode=average)",
            ),
            **dict.fromkeys(("GLOBALMAXPOOL", "GLOBALMAXPOOLING", "GMP"), "POOL(F=global)"),
            **dict.fromkeys(("LPPOOL", "LPPOOLING", "L2POOL"), f"POOL(mode=L2), {_STRIDE}"),
        },
        synonyms={"size": "F", "stride": "S", "pad": "P", "kind": "mode"},
        size_suffix="F",
        dash_suffix="F",
    )

    F: Annotated[
        PoolExtent,
        Field(
            title="a whole number, WIDTHxHEIGHT or global",
            description="spatial extent of a window; global: the whole map, without S and P",
        ),
    ] = Extent(2, 2)
    S: Annotated[WindowExtent, Field(description="stride")] = Extent(2, 2)
    P: Annotated[WindowPadding, Field(description="padding, smaller than F")] = Padding()
    mode: PoolMode = "max"
    fit: Annotated[Fit | None, Field(description="what to do with remaining places")] = None
    count_border: Annotated[bool, Field(description="an average divides by the zeros of P too")] = (
        False
    )

    def complete(self, context: Context) -> Any:
        """The file's `fit` where it has none of its own; a global window has no stride."""
        layer = super().complete(context)
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
        geometry = window_geometry(self, volume)
        return Volume(geometry.out.W, geometry.out.H, volume.D)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """The maximum, the average or the root of the sum of squares of each window."""
        (x,) = xs
        geometry = run.plan
        if run.training and self._marks(geometry):
            y, marks = pooling.maximum_of_tiles(run.workspace, x, geometry)
            return y, (pooling.maximum_of_tiles_backward, marks)
        border = self.border(geometry)
        return pooling.forward(run.workspace, x, self.mode, border, geometry, run.training)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        return (pooling.backward(run.workspace, cache, run.plan, dy),)

    def border(self, geometry: Geometry) -> Padding:
        """What counts beside the map."""
        if not self.count_border:
            return Padding()
        return geometry.P if self.P == "same" else Padding(*self.P)

    def at_border(self, geometry: Geometry) -> str:
        """By how many pixels an average divides."""
        if self.mode != "average" or max(geometry.P) <= 0:
            return ""
        if self.count_border:
            return "an average divides by the zeros of P too (count_border)"
        return "an average divides by the real pixels alone; count_border: true counts zeros of P"

    def _marks(self, geometry: Geometry) -> bool:
        """Whether forward marks the maxima: where every pixel lies in one small window."""
        F = geometry.F
        return self.mode == "max" and geometry.tiles and F.W * F.H <= _FEW_PIXELS

    def memory(self, in_shapes: Shapes) -> Memory:
        """The rows of some images at a time, with their gradients; a byte for each mark.

        An average's gradient does not depend on the pixels.
        """
        (volume,) = in_shapes
        geometry = window_geometry(self, volume)
        if self.mode != "max":
            keeps = "" if self.mode == "average" else "xy"
            return Memory(keeps, workspace_bytes=3 * PASS_BYTES // 2)
        if not self._marks(geometry):
            places = pooling.places_bytes(geometry) * volume.D
            return Memory(cache_bytes=places, workspace_bytes=5 * PASS_BYTES // 2)
        others, places = geometry.F.W * geometry.F.H - 1, geometry.out.W * geometry.out.H
        return Memory(cache_bytes=others * places * volume.D, workspace_bytes=3 * PASS_BYTES // 2)

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Geometry:
        (volume,) = in_shapes
        return window_geometry(self, volume)

    def fusion(self, training: bool) -> Fusion:
        """A maximum may change places with a function that never falls."""
        return Fusion(is_maximum=self.mode == "max")
