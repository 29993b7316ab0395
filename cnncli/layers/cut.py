"""CROP and SPLIT: a part of a volume."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels import reshape
from cnncli.lazy import Array

from .base import Layer, LayerError, Params, Run, Shapes, Spelling
from .constraints import BeforeValidator, Field, PlainSerializer, Written
from .fields import Offset, SidePadding, WindowExtent
from .forms import matching
from .reading import Reading, Reads


class Share(NamedTuple):
    """One of several equal parts, counted from 1."""

    part: int
    of: int

    def __str__(self) -> str:
        return f"{self.part}/{self.of}"


class Channels(NamedTuple):
    """From `first` up to `last`, counted from 0."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def _share(value: Any) -> Share:
    if isinstance(value, Share):
        return value
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", str(value))
    if match and 1 <= int(match[1]) <= int(match[2]):
        return Share(int(match[1]), int(match[2]))
    raise ValueError("expected PART/PARTS counted from 1, like 1/2 for the first half")


def _channels(value: Any) -> Channels:
    if isinstance(value, Channels):
        return value
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*\.\.\s*([0-9]{1,9})\s*", str(value))
    if match and int(match[1]) <= int(match[2]):
        return Channels(int(match[1]), int(match[2]))
    raise ValueError("expected FIRST..LAST counted from 0, like 0..57 for 58 channels")


_as_text = PlainSerializer(str)
_PARTS = Written(matching(r"[0-9]{1,9}\s*/\s*[0-9]{1,9}"))
_RANGE = Written(matching(r"[0-9]{1,9}\s*\.\.\s*[0-9]{1,9}"))


@dataclass(frozen=True, kw_only=True)
class Split(Layer):
    """Some channels of a volume; other layers read the rest.

    As in ShuffleNetV2 (Ma et al. 2018): SPLIT(from=x, part=1/2) and SPLIT(from=x, part=2/2).
    """

    spelling = Spelling(
        "SPLIT", other_names=("SLICE", "CHUNK", "CHANNELSPLIT"), synonyms={"range": "channels"}
    )

    part: Annotated[
        Annotated[Share, BeforeValidator(_share), _PARTS, _as_text] | None,
        Field(
            title="PART/PARTS, like 1/2",
            description="one of several equal parts of the channels, counted from 1",
        ),
    ] = None
    channels: Annotated[
        Annotated[Channels, BeforeValidator(_channels), _RANGE, _as_text] | None,
        Field(title="FIRST..LAST, like 0..57", description="or the first and the last one, from 0"),
    ] = None

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W x H x the channels that are asked for. Raises LayerError where there are no such."""
        (volume,) = in_shapes
        first, last = self.channels_of(volume)
        return Volume(volume.W, volume.H, last - first + 1)

    def channels_of(self, volume: Volume) -> Channels:
        """The first and the last one. Raises LayerError where there are no such."""
        if (self.part is None) == (self.channels is None):
            raise LayerError(
                "SPLIT gives one part of the channels: say which.\n"
                f"Set part, like 1/2, or channels, like 0..{max(volume.D // 2 - 1, 0)}.",
                assume=volume,
            )
        if self.channels:
            if self.channels.last >= volume.D:
                raise LayerError(
                    f"there are the channels 0..{volume.D - 1}, not {self.channels}.",
                    field="channels",
                )
            return self.channels
        assert self.part
        part, of = self.part
        if volume.D % of:
            raise LayerError(
                f"{volume.D} channels are not {of} equal parts.\nSet channels to a range of them.",
                field="part",
            )
        size = volume.D // of
        return Channels((part - 1) * size, part * size - 1)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        if (self.part is None) == (self.channels is None):
            return (Reads(),)
        first, last = self.channels_of(in_shapes[0])
        return (Reads(channels=range(first, last + 1)),)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, tuple[int, int]]:
        (x,) = xs
        _, H, W, D = x.shape
        first, last = self.channels_of(Volume(W, H, D))
        around = (first, D - 1 - last)
        return reshape.crop(run.workspace, x, Padding(), *around), around

    def backward(self, run: Run, params: Params, cache: tuple[int, int], dy: Array) -> tuple[Array]:
        """dy amid zeros."""
        return (reshape.pad(run.workspace, dy, Padding(), *cache),)


@dataclass(frozen=True, kw_only=True)
class Crop(Layer):
    """A map without its border: sides P that go, or the size that stays."""

    spelling = Spelling(
        "CROP",
        other_names=("CROPPING",),
        meanings=dict.fromkeys(
            ("CENTERCROP", "CENTRECROP"), "CROP(size=24), the width and height that stay"
        ),
        synonyms={"pad": "P"},
        dash_suffix="P",
    )

    P: Annotated[
        SidePadding | None,
        Field(
            title="a whole number, WIDTHxHEIGHT or sides like {left: 1, right: 2}",
            description="pixels that go on each side",
        ),
    ] = None
    size: Annotated[WindowExtent | None, Field(description="or the width and height that stay")] = (
        None
    )
    offset: Annotated[
        Offset | None,
        Field(description="of what stays, from the left and from the top; default: the middle"),
    ] = None

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """What stays. Raises LayerError where nothing does, or the map is smaller."""
        (volume,) = in_shapes
        P = self.sides(volume)
        out = Volume(volume.W - P.left - P.right, volume.H - P.top - P.bottom, volume.D)
        if min(P) < 0 or min(out) < 1:
            wanted = f"{self.size} at {self.offset or 'the middle'}" if self.size else f"P={P}"
            raise LayerError(
                f"a map of {volume.W}x{volume.H} cannot be cropped so: {wanted}.",
                field="size" if self.size else "P",
            )
        return out

    def sides(self, volume: Volume) -> Padding:
        """The pixels that go on each side. Raises LayerError where they are not said."""
        if (self.P is None) == (self.size is None):
            raise LayerError(
                "CROP takes P, the sides that go, or size, what stays: set one of them.",
                assume=volume,
            )
        if self.P:
            return self.P
        assert self.size
        across, down = volume.W - self.size.W, volume.H - self.size.H
        left, top = self.offset or Extent(across // 2, down // 2)
        return Padding(left, across - left, top, down - top)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Padding]:
        (x,) = xs
        _, H, W, D = x.shape
        P = self.sides(Volume(W, H, D))
        return reshape.crop(run.workspace, x, P, 0, 0), P

    def backward(self, run: Run, params: Params, cache: Padding, dy: Array) -> tuple[Array]:
        """dy amid zeros."""
        return (reshape.pad(run.workspace, dy, cache, 0, 0),)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """The first place reads a position inside of the map."""
        (volume,) = in_shapes
        P = self.sides(volume)
        across, down = (Reading((range(first, first + 1),)) for first in (P.left, P.top))
        return (Reads(across, down),)
