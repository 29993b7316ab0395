"""The `data:` section."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cnncli.bounds import MAX_PATH_BYTES
from cnncli.datasets.sets import data_sets
from cnncli.layers.fields import Count, VolumeSize
from cnncli.schema.kinds import Section
from cnncli.schema.number_types import NotNegative
from cnncli.schema.short_forms import ShortForm
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import ViewChange


def _possible(path: Path) -> Path:
    if len(os.fsencode(path)) >= MAX_PATH_BYTES:
        raise ValueError(f"expected a path of fewer than {MAX_PATH_BYTES} bytes")
    return path


def _whole_images(value: float) -> float:
    if value >= 1 and value != int(value):
        raise ValueError("expected a whole number of images, or a share below 1")
    return value


@dataclass(frozen=True, kw_only=True)
class DataSpec(Section):
    """Which images the network learns, and how they are prepared."""

    name: Annotated[
        Literal[tuple(data_sets())],  # type: ignore[valid-type]
        Field(description="the data set, or the format of one's own"),
    ]
    root: Annotated[
        Annotated[Path, AfterValidator(_possible)] | None,
        Field(description="the folder that holds the set's files (for npz: the file)"),
    ] = None
    stand_in: Annotated[
        Literal["patterns"] | None,
        Field(description="what to use, with a warning, where the set cannot be had"),
    ] = None
    validation: Annotated[
        NotNegative,
        AfterValidator(_whole_images),
        Field(description="images (or, below 1, the share) of the training set held out"),
    ] = 0
    limit: Annotated[Count | None, Field(description="use only this many training images")] = None
    augment: Annotated[
        tuple[Annotated[Augmentation, ShortForm(Augmentation, "augmentation")], ...],
        Field(description="random changes of the training images"),
    ] = ()
    views: Annotated[
        tuple[Annotated[ViewChange, ShortForm(ViewChange, "view")], ...],
        Field(description="evaluate every image in these ways too, and average the scores"),
    ] = ()
    normalise: Annotated[
        bool, Field(description="by the training set's mean and deviation of each channel")
    ] = True
    classes: Annotated[
        tuple[str, ...] | None,
        Field(description="for idx and npz: the names of the classes 0, 1, ..."),
    ] = None
    memory: Annotated[
        Count | None,
        Field(
            description="for a folder: MiB of images to hold in memory (without it, 1024); a "
            "larger set is read from the disk as it is needed"
        ),
    ] = None
    size: Annotated[
        VolumeSize | None, Field(description="for a folder: scale every image to this")
    ] = None
    resize: Annotated[
        Literal["stretch", "crop", "pad"],
        Field(description="for a folder: what becomes of images of other proportions than `size`"),
    ] = "stretch"
    background: Annotated[
        str,
        Field(
            description="for a folder: the colour behind transparent pixels, and beside those of "
            "`resize: pad`; a name or '#rrggbb'"
        ),
    ] = "white"
    damaged: Annotated[
        Literal["refuse", "skip"],
        Field(description="for a folder: what becomes of files that cannot be read"),
    ] = "refuse"
