"""ADD: the sum of several volumes, number by number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .base import Layer, LayerError, Params, Run, Shapes
from .fields import Volume
from .merge import check_several, listed

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Add(Layer):
    """The sum of two or more equal volumes, as in residual networks (He et al. 2016)."""

    NAMES = ("ADD",)
    SHARES = ("dx",)
    ELSEWHERE = ("SUM", "PLUS", "ELTWISE", "RESIDUAL", "SHORTCUT", "SKIP")
    JOINS = True
    FINISHES = ("rectified",)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume. Raises LayerError where the volumes differ."""
        check_several(self.kind, in_shapes)
        if len(set(in_shapes)) > 1:
            raise LayerError(
                f"the volumes to add must be equal: {listed(in_shapes)}.", assume=in_shapes[0]
            )
        return in_shapes[0]

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, int, dict[str, Array]]":
        """y = x1 + x2 + ..."""
        return kernels.joins.add(run.workspace, xs, run.finish), len(xs), {}

    def backward(
        self, run: Run, params: Params, cache: int, dy: "Array"
    ) -> "tuple[tuple[Array, ...], dict[str, Array]]":
        """Every dx is dy itself."""
        inputs = cache
        return (dy,) * inputs, {}
