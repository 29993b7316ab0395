"""The elements of `data.augment` and `data.views`: changes of an image, random or not."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from cnncli.layers.fields import Count
from cnncli.schema.number_types import Fraction, Ratio
from cnncli.schema.validation import serialise, validate
from cnncli.text import join_words

Border = Annotated[
    Literal["zeros", "reflect"],
    Field(description="what lies around an image: zeros, or itself, mirrored at its edge"),
]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror an image left to right with probability `p`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    p: Annotated[Fraction, Field(description="probability")] = 0.5
    alternate: Annotated[
        bool,
        Field(description="draw in the first epoch only, then mirror in every other one"),
    ] = False


@dataclass(frozen=True, kw_only=True)
class Crop:
    """Pad an image by `pad` pixels on every side and cut its own size out at a random place."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    pad: Annotated[Count, Field(description="pixels on every side")] = 4
    border: Border = "zeros"


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """Cover a square at a random place, as far as it lies on the image, with the mean colour.

    (DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with
    Cutout".) Images that are not normalised get black squares.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    size: Annotated[Count, Field(description="pixels along a side")] = 8


@dataclass(frozen=True, kw_only=True)
class RandomErasing:
    """With probability `p`, cover a rectangle that lies on the image with the mean colour.

    Its share of the image and its height by its width are drawn (Zhong et al. 2020, "Random
    Erasing Data Augmentation"); images that are not normalised get black rectangles.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    p: Annotated[Fraction, Field(description="probability")] = 0.5
    least: Annotated[Fraction, Field(description="smallest share of the image")] = 0.02
    most: Annotated[Fraction, Field(description="largest share of the image")] = 0.33
    aspect: Annotated[
        Ratio, Field(description="smallest height by width; the largest is its inverse")
    ] = 0.3

    def __post_init__(self) -> None:
        if self.least > self.most:
            raise ValueError(f"least {self.least:g} is above most {self.most:g}; exchange them")


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """The image mirrored left to right, beside the one as it is."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Shift:
    """The image moved by some pixels up and left, and down and right; both count half."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    pixels: Annotated[Count, Field(description="how far")] = 1
    border: Border = "reflect"


AUGMENTATIONS: Mapping[str, type[Any]] = {
    "flip": Flip,
    "crop": Crop,
    "cutout": Cutout,
    "random_erasing": RandomErasing,
}
VIEWS: Mapping[str, type[Any]] = {"flip": Mirror, "shift": Shift}


class _Named:
    """Reads and writes elements of a list that are written `flip`, `{crop: 4}` or in full.

    A value without a key is that of the first field.
    """

    def __init__(self, kinds: Mapping[str, type[Any]], what: str) -> None:
        self._kinds, self._what = kinds, what

    def read(self, value: Any) -> Any:
        """A dataclass of one of the kinds."""
        if type(value) in self._kinds.values():
            return value
        if isinstance(value, str):
            value = {value: None}
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError(f"expected {self.forms()}")
        ((name, setting),) = value.items()
        if name not in self._kinds:
            known = join_words(self._kinds)
            raise ValueError(f"unknown {self._what} '{name}'; there are {known}")
        kind = self._kinds[name]
        if not isinstance(setting, dict):
            names = [field.name for field in fields(kind)]
            if setting is not None and not names:
                raise ValueError(f"{name} has no settings")
            setting = {} if setting is None else {names[0]: setting}
        read, faults = validate(kind, setting, name)
        if faults:
            raise ValueError(faults[0].message)
        return read

    def write(self, value: Any) -> Any:
        """As it is read, and as short as that can be."""
        (name,) = (name for name, kind in self._kinds.items() if kind is type(value))
        settings = serialise(type(value), value)
        if not settings:
            return name
        first, *others = fields(value)
        usual = all(getattr(value, field.name) == field.default for field in others)
        return {name: settings[first.name] if usual else settings}

    def forms(self) -> str:
        """`flip, crop, {flip: p} or {crop: pad}`."""
        settings = [
            f"{{{name}: {fields(kind)[0].name}}}"
            for name, kind in self._kinds.items()
            if fields(kind)
        ]
        return join_words([*self._kinds, *settings], "or")


_augmentations = _Named(AUGMENTATIONS, "augmentation")
_views = _Named(VIEWS, "view")

Augmentation = Annotated[
    Flip | Crop | Cutout | RandomErasing,
    BeforeValidator(_augmentations.read),
    PlainSerializer(_augmentations.write),
    Field(title=_augmentations.forms()),
]
View = Annotated[
    Mirror | Shift,
    BeforeValidator(_views.read),
    PlainSerializer(_views.write),
    Field(title=_views.forms()),
]
