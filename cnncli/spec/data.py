"""The `data:` section."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer

from cnncli.layers.hyperparameters import Count, VolumeSize

from .numbers import Fraction, NotNegative
from .validation import validate

DataName = Literal["cifar10", "cifar100", "mnist", "digits", "patterns", "idx", "npz", "folder"]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror an image left to right with probability `p`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    p: Annotated[Fraction, Field(description="probability")] = 0.5


@dataclass(frozen=True, kw_only=True)
class Crop:
    """Pad an image by `pad` zeros on every side and cut its own size out at a random place."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    pad: Annotated[Count, Field(description="pixels on every side")] = 4


_AUGMENTATIONS: dict[str, tuple[type[Any], str]] = {"flip": (Flip, "p"), "crop": (Crop, "pad")}


def _augmentation(value: Any) -> Any:
    if isinstance(value, Flip | Crop):
        return value
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("expected flip, crop, {flip: probability} or {crop: pixels}")
    ((name, setting),) = value.items()
    if name not in _AUGMENTATIONS:
        raise ValueError(f"unknown augmentation '{name}'; there are flip and crop")
    family, field = _AUGMENTATIONS[name]
    given = setting if isinstance(setting, dict) else {} if setting is None else {field: setting}
    augmentation, faults = validate(family, given, name)
    if faults:
        raise ValueError(faults[0].message)
    return augmentation


def _write_augmentation(value: Flip | Crop) -> dict[str, Any]:
    return {"flip": value.p} if isinstance(value, Flip) else {"crop": value.pad}


def _whole_images(value: float) -> float:
    if value >= 1 and value != int(value):
        raise ValueError("expected a whole number of images, or a share below 1")
    return value


Augmentation = Annotated[
    Flip | Crop,
    BeforeValidator(_augmentation),
    PlainSerializer(_write_augmentation),
    Field(title="flip, crop, {flip: probability} or {crop: pixels}"),
]


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Which images the network learns, and how they are prepared."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[DataName, Field(description="the data set, or the format of one's own")]
    root: Annotated[
        Path | None,
        Field(description="the folder that holds the set's files (for npz: the file)"),
    ] = None
    stand_in: Annotated[
        Literal["patterns"] | None,
        Field(description="what to use, with a warning, where the set can not be had"),
    ] = None
    validation: Annotated[
        NotNegative,
        AfterValidator(_whole_images),
        Field(description="images (or, below 1, the share) of the training set held out"),
    ] = 0
    limit: Annotated[Count | None, Field(description="use only this many training images")] = None
    augment: Annotated[
        tuple[Augmentation, ...], Field(description="random changes of the training images")
    ] = ()
    normalise: Annotated[
        bool, Field(description="by the training set's mean and deviation of each channel")
    ] = True
    size: Annotated[
        VolumeSize | None, Field(description="for a folder: scale every image to this")
    ] = None
