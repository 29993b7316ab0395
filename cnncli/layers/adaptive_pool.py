"""ADAPTIVEPOOL: pooling to a number of places, whatever the size of the map."""

from dataclasses import dataclass
from math import gcd
from typing import Annotated, Any

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels import pooling
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.pooling_axis import Cuts
from cnncli.lazy import Array

from .base import Layer, LayerError, Memory, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import PoolMode, WindowExtent
from .reading import Reading, Reads, periodic


@dataclass(frozen=True, kw_only=True)
class AdaptivePool(Layer):
    """One number for each of so many windows that cover the map, in each depth slice on its own.

    The windows are as even as can be: place i begins at floor(i*W/n) and ends before
    ceil((i + 1)*W/n), so that neighbours may share a pixel. Where n divides the size it is POOL
    with F = S = W/n; one place is a global POOL.
    """

    spelling = Spelling(
        "ADAPTIVEPOOL",
        meanings={
            **dict.fromkeys(
                ("ADAPTIVEAVGPOOL", "ADAPTIVEAVERAGEPOOL", "ADAPTIVEAVERAGEPOOLING"),
                "called ADAPTIVEPOOL; to one place it is POOL(F=global, mode=average)",
            ),
            **dict.fromkeys(
                ("ADAPTIVEMAXPOOL", "ADAPTIVEMAXPOOLING"),
                "ADAPTIVEPOOL(mode=max), which takes places; to one it is POOL(F=global)",
            ),
        },
        synonyms={"output_size": "places", "kind": "mode"},
        size_suffix="places",
        dash_suffix="places",
    )

    places: Annotated[WindowExtent, Field(description="how many, across and down")]
    mode: PoolMode = "average"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """n x n x D. Raises LayerError where the map has fewer pixels."""
        (volume,) = in_shapes
        if self.places.W > volume.W or self.places.H > volume.H:
            raise LayerError(
                f"a map of {volume.W}x{volume.H} has fewer than {self.places} places.",
                field="places",
                assume=Volume(*self.places, volume.D),
            )
        return Volume(*self.places, volume.D)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """The maximum, the average or the root of the sum of squares of each window."""
        (x,) = xs
        return pooling.forward(run.workspace, x, self.mode, Padding(), run.plan, run.training)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        return (pooling.backward(run.workspace, cache, run.plan, dy),)

    def memory(self, in_shapes: Shapes) -> Memory:
        """An average's gradient does not depend on the pixels; of a maximum its place is kept."""
        (volume,) = in_shapes
        if self.mode == "max":
            places = pooling.places_bytes(self.plan(in_shapes, 1, None)) * volume.D
            return Memory(cache_bytes=places, workspace_bytes=5 * PASS_BYTES // 2)
        keeps = "" if self.mode == "average" else "xy"
        return Memory(keeps, workspace_bytes=3 * PASS_BYTES // 2)

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Cuts:
        (volume,) = in_shapes
        return Cuts(Extent(volume.W, volume.H), self.places)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """Windows that differ where n does not divide the size: alike after n/gcd places."""
        (volume,) = in_shapes
        across, down = (_reading(size, n) for size, n in zip(volume[:2], self.places, strict=True))
        return (Reads(across, down),)


def _reading(size: int, n: int) -> Reading:
    divisor = gcd(size, n)
    if n == 1:
        return Reading((range(size),), int(size == 1))
    places, step = n // divisor, size // divisor

    def window(place: int) -> range:
        return range(place * size // n, -(-(place + 1) * size // n))

    return periodic(places, step, window, range(step))
