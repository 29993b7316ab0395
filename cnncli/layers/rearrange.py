"""SHUFFLE, DEPTHTOSPACE and SPACETODEPTH: the same numbers at other places."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from cnncli.geometry import Extent, Volume
from cnncli.kernels import reshape
from cnncli.lazy import Array

from .base import Layer, LayerError, Params, Run, Shapes, Spelling, Window
from .fields import Count, WindowExtent

Order = Annotated[
    Literal["places", "channels"],
    Field(
        description="what comes first in the depth: each place's channels one after another, as in "
        "TensorFlow, or each channel's places, as in PyTorch's PixelShuffle"
    ),
]
Block = Annotated[WindowExtent, Field(description="width and height of a block")]


@dataclass(frozen=True, kw_only=True)
class Shuffle(Layer):
    """Channels of several groups in turns, so that the next groups see all of them.

    Zhang et al. 2018, "ShuffleNet".
    """

    spelling = Spelling(
        "SHUFFLE", other_names=("CHANNELSHUFFLE", "SHUFFLECHANNEL"), dash_suffix="groups"
    )

    groups: Annotated[Count, Field(description="groups of channels that are mixed")] = 2

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """That of x. Raises LayerError where its channels are no such groups."""
        (volume,) = in_shapes
        if volume.D % self.groups:
            raise LayerError(
                f"{volume.D} channels are not {self.groups} equal groups.\n"
                "Set groups to that of the layer before.",
                field="groups",
                assume=volume,
            )
        return volume

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        """y[..., c * groups + g] = x[..., g * (D / groups) + c]."""
        (x,) = xs
        return reshape.interleave(run.workspace, x, self.groups), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        return (reshape.interleave(run.workspace, dy, dy.shape[-1] // self.groups),)


@dataclass(frozen=True, kw_only=True)
class DepthToSpace(Layer):
    """Each place's depth becomes a block of S x S places (Shi et al. 2016, sub-pixels)."""

    spelling = Spelling(
        "DEPTHTOSPACE",
        other_names=("SUBPIXEL",),
        meanings={"PIXELSHUFFLE": "DEPTHTOSPACE(order=channels)"},
        size_suffix="S",
        dash_suffix="S",
    )

    S: Block = Extent(2, 2)
    order: Order = "places"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W*S x H*S x D/S^2. Raises LayerError where the depth is no number of blocks."""
        (volume,) = in_shapes
        places = self.S.W * self.S.H
        if volume.D % places:
            wanted = -(-volume.D // places) * places
            raise LayerError(
                f"{volume.D} channels do not make blocks of {self.S} places; they would be a "
                f"multiple of {places}, such as {wanted}.",
                field="S",
            )
        return Volume(volume.W * self.S.W, volume.H * self.S.H, volume.D // places)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        first = self.order == "channels"
        return reshape.depth_to_space(run.workspace, x, self.S, channels_first=first), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        first = self.order == "channels"
        return (reshape.space_to_depth(run.workspace, dy, self.S, channels_first=first),)

    def window(self, in_shape: Volume) -> Window:
        """One pixel, at steps of a fraction of a pixel."""
        return Window(S=(Fraction(1, self.S.W), Fraction(1, self.S.H)))


@dataclass(frozen=True, kw_only=True)
class SpaceToDepth(Layer):
    """Each block of S x S places becomes one place of as many times the depth.

    YOLOv2's reorg layer has this use (Redmon and Farhadi 2017).
    """

    spelling = Spelling(
        "SPACETODEPTH",
        other_names=("FOCUS",),
        meanings={
            "PIXELUNSHUFFLE": "SPACETODEPTH(order=channels)",
            **dict.fromkeys(
                ("REORG", "REORGOLD"), "called SPACETODEPTH; darknet's channels have another order"
            ),
        },
        size_suffix="S",
        dash_suffix="S",
    )

    S: Block = Extent(2, 2)
    order: Order = "places"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W/S x H/S x D*S^2. Raises LayerError where the map is no number of blocks."""
        (volume,) = in_shapes
        if volume.W % self.S.W or volume.H % self.S.H:
            raise LayerError(
                f"a map of {volume.W}x{volume.H} is not made of blocks of {self.S} places.",
                field="S",
            )
        places = self.S.W * self.S.H
        return Volume(volume.W // self.S.W, volume.H // self.S.H, volume.D * places)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        first = self.order == "channels"
        return reshape.space_to_depth(run.workspace, x, self.S, channels_first=first), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        first = self.order == "channels"
        return (reshape.depth_to_space(run.workspace, dy, self.S, channels_first=first),)

    def window(self, in_shape: Volume) -> Window:
        """A block."""
        return Window(F=self.S, S=self.S)
