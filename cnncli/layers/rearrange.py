"""SHUFFLE, DEPTHTOSPACE and SPACETODEPTH: the same numbers at other places."""

from dataclasses import dataclass
from typing import Annotated, Literal

from cnncli.bounds import MAX_PERIOD
from cnncli.geometry import Extent, Volume
from cnncli.kernels import reshape
from cnncli.lazy import Array

from .base import Layer, LayerError, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import Count, WindowExtent
from .reading import Reading, Reads

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

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        """Every so many channels those of a group."""
        (volume,) = in_shapes
        size = volume.D // self.groups
        if self.groups > MAX_PERIOD:
            return (Reads(groups=1),)
        return tuple(
            Reads(
                to=range(group, volume.D, self.groups),
                channels=range(group * size, (group + 1) * size),
            )
            for group in range(self.groups)
        )


def _blocks(S: Extent, order: str, depth: int) -> list[tuple[int, int, range]]:
    """The places (across, down) of a block, each with its channels in the deep volume.

    None of a block of very many, which are then taken together.
    """
    count = S.W * S.H
    if count > MAX_PERIOD:
        return []
    size = depth // count
    return [
        (at % S.W, at // S.W, range(at * size, (at + 1) * size))
        if order == "places"
        else (at % S.W, at // S.W, range(at, depth, count))
        for at in range(count)
    ]


def _only(place: int, S: int) -> Reading:
    """One place of S reads their common position, the others nothing."""
    return Reading(tuple(range(int(each == place)) for each in range(S)))


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

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        """The places of a block read the same position, each other channels."""
        (volume,) = in_shapes
        return tuple(
            Reads(_only(i, self.S.W), _only(j, self.S.H), channels=channels)
            for i, j, channels in _blocks(self.S, self.order, volume.D)
        ) or (Reads(Reading(each=self.S.W), Reading(each=self.S.H), groups=1),)


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

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        """A block, each place of it by other channels."""
        (W, H), (volume,) = self.S, in_shapes
        return tuple(
            Reads(Reading((range(i, i + 1),), W), Reading((range(j, j + 1),), H), to=channels)
            for i, j, channels in _blocks(self.S, self.order, volume.D * W * H)
        ) or (Reads(Reading((range(W),), W), Reading((range(H),), H), groups=1),)
