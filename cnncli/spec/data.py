"""The `data:` section."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from cnncli.layers.hyperparameters import Count, VolumeSize

DataName = Literal["cifar10", "cifar100", "mnist", "digits", "patterns", "idx", "npz", "folder"]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror an image left to right with probability `p`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    p: Annotated[float, Field(ge=0, le=1, description="probability")] = 0.5


@dataclass(frozen=True, kw_only=True)
class Crop:
    """Pad an image by `pad` zeros on every side and cut its own size out at a random place."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    pad: Annotated[Count, Field(description="pixels on every side")] = 4


def _augmentation(value: Any) -> Any:
    if isinstance(value, Flip | Crop):
        return value
    names = {"flip": (Flip, "p"), "crop": (Crop, "pad")}
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("expected flip, crop, {flip: probability} or {crop: pixels}")
    ((name, setting),) = value.items()
    if name not in names:
        raise ValueError(f"unknown augmentation {name!r}; there are flip and crop")
    family, field = names[name]
    return family() if setting is None else _checked(family, field, setting)


def _checked(family: type[Any], field: str, setting: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(family).validate_python({field: setting})
    except ValidationError as error:
        raise ValueError(f"{field}: {error.errors()[0]['msg']}, not {setting!r}") from None


Augmentation = Annotated[Flip | Crop, BeforeValidator(_augmentation)]


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
        float,
        Field(ge=0, description="images (or, below 1, the share) of the training set held out"),
    ] = 0
    limit: Annotated[Count | None, Field(description="use only this many training images")] = None
    augment: Annotated[
        list[Augmentation], Field(description="flip, {crop: pixels}: training images only")
    ] = ()  # type: ignore[assignment]
    normalise: Annotated[
        bool, Field(description="by the training set's mean and deviation of each channel")
    ] = True
    size: Annotated[
        VolumeSize | None, Field(description="for a folder: scale every image to this")
    ] = None
