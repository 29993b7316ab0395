"""CONCAT: several volumes, one behind the other along the depth."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli import kernels

from .base import Layer, LayerError, Params, Run, Shapes
from .fields import Volume
from .merge import check_several, listed

if TYPE_CHECKING:
    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Concat(Layer):
    """Two or more volumes of the same width and height, joined along the depth.

    As in GoogLeNet (Szegedy et al. 2015) and DenseNet (Huang et al. 2017).
    """

    NAMES = ("CONCAT",)
    ELSEWHERE = ("CONCATENATE", "CONCATENATION", "DEPTHCONCAT", "CAT", "JOIN", "MERGE", "ROUTE")
    JOINS = True

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W x H x (D1 + D2 + ...). Raises LayerError where widths or heights differ."""
        check_several(self.kind, in_shapes)
        W, H, _ = in_shapes[0]
        joined = Volume(W, H, sum(volume.D for volume in in_shapes))
        if any(volume[:2] != (W, H) for volume in in_shapes):
            raise LayerError(
                "the volumes to join along the depth must have the same width and height: "
                f"{listed(in_shapes)}.",
                assume=joined,
            )
        return joined

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, list[int], dict[str, Array]]":
        """The channels of the first input, then those of the second, and so on."""
        return kernels.joins.concatenate(run.workspace, xs), [x.shape[-1] for x in xs], {}

    def backward(
        self, run: Run, params: Params, cache: list[int], dy: "Array"
    ) -> "tuple[tuple[Array, ...], dict[str, Array]]":
        """Every dx is its channels of dy."""
        depths = cache
        return kernels.joins.split(run.workspace, dy, depths), {}
