"""The `data:` section."""

import re
import warnings
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cnncli.bounds import MAX_PATTERN, MAX_SCALE, MAX_SET_RUNS
from cnncli.datasets.sets import data_sets
from cnncli.layers.constraints import AfterValidator, BeforeValidator, Check, Field, Written
from cnncli.layers.fields import Count, VolumeSize
from cnncli.layers.forms import either, one_or_list
from cnncli.schema.kinds import Section
from cnncli.schema.number_types import NotNegative, Seed
from cnncli.schema.path_types import GivenPath
from cnncli.schema.short_forms import ShortForm
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import ViewChange


def _pattern(text: str) -> str:
    """A regular expression; compiled, not searched for, so that it takes no time to speak of."""
    if not 0 < len(text) <= MAX_PATTERN:
        raise ValueError(f"expected a regular expression of 1 to {MAX_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text)
    except (re.error, OverflowError, Warning) as error:
        raise ValueError(f"expected a regular expression ({error})") from None
    return text


def _fold(value: object) -> object:
    """One of so many folds, without what else a number may be written with."""
    found = (
        re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", value) if isinstance(value, str) else None
    )
    if not found or not int(found[1]) <= int(found[2]) or not 2 <= int(found[2]) <= MAX_SET_RUNS:
        raise ValueError(f"expected {_FOLDS}")
    return value


_FOLDS = f"a fold and their number, 2 to {MAX_SET_RUNS:,}, like 2/5"
_WRITTEN_FOLD = Written({"type": "string", "pattern": r"^[1-9]\d{0,3}/[1-9]\d{0,3}$"})


def _whole_images(value: float) -> float:
    if value >= 1 and value != int(value):
        raise ValueError("expected a whole number of images, or a share below 1")
    return value


def _for_channels(value: Any) -> Any:
    """A number for all channels, or a list with one for each."""
    return (value,) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _of_one(values: tuple[float, ...]) -> tuple[float, ...]:
    """Values in units of 0 to 1, and no others."""
    if min(values) < 0:
        raise ValueError("expected numbers from 0 to 1")
    if max(values) <= 1:
        return values
    message = "write it in units where black is 0 and white 1"
    if max(values) <= 255:
        divided = [float(f"{value / 255:.6g}") for value in values]
        written = divided[0] if len(divided) == 1 else divided
        message += f"; of 0 to 255, this is {written}"
    raise ValueError(message)


def _not_too_small(values: tuple[float, ...]) -> tuple[float, ...]:
    if 255 * min(values) * MAX_SCALE < 1:
        raise ValueError(f"expected numbers of at least {1 / (255 * MAX_SCALE):.1g}")
    return values


_Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_PER_CHANNEL = Field(min_length=1, title="a number of 0 to 1, or a list with one for each channel")
_IMAGES_OR_SHARE = Written(
    either(
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        {"type": "integer", "minimum": 1},
    )
)
_PARTS_OF_ONE = Written(one_or_list({"type": "number", "minimum": 0, "maximum": 1}))
_PARTS_ABOVE_0 = Written(one_or_list({"type": "number", "exclusiveMinimum": 0, "maximum": 1}))


@dataclass(frozen=True, kw_only=True)
class DataSpec(Section):
    """Which images the network learns, and how they are prepared."""

    name: Annotated[
        Literal[tuple(data_sets())],  # type: ignore[valid-type]
        Field(description="the data set, or the format of one's own"),
    ]
    root: Annotated[
        GivenPath | None,
        Field(description="the folder that holds the set's files (for npz and csv: the file)"),
    ] = None
    stand_in: Annotated[
        Literal["patterns"] | None,
        Field(description="what to use, with a warning, where the set cannot be had"),
    ] = None
    validation: Annotated[
        NotNegative,
        AfterValidator(_whole_images),
        _IMAGES_OR_SHARE,
        Field(
            description="images (or, below 1, the share) of the training set held out, "
            "drawn by class"
        ),
    ] = 0
    fold: Annotated[
        Annotated[str, Check(_fold), _WRITTEN_FOLD] | None,
        Field(
            title=_FOLDS,
            description="instead of `validation`: the fold to hold out, of so many that have each "
            "image of the training set once, drawn by class",
        ),
    ] = None
    limit: Annotated[
        Count | None, Field(description="use only this many training images, drawn likewise")
    ] = None
    split_seed: Annotated[
        Seed,
        Field(
            description="of the draw of `validation`, `fold` and `limit`, and of images to test on "
            "where the set has no part for it"
        ),
    ] = 0
    group: Annotated[
        Annotated[str, AfterValidator(_pattern)] | None,
        Field(
            description="for a folder and csv: a regular expression that finds the same text in "
            "the paths of files that belong together, as views of one object do; they are held out "
            "together"
        ),
    ] = None
    sampler: Annotated[
        Literal["balanced"] | None,
        Field(
            description="which training images an epoch of N shows; default: each once; "
            "balanced: of k classes N/k images each, rounded, in turns"
        ),
    ] = None
    augment: Annotated[
        tuple[Annotated[Augmentation, ShortForm(Augmentation, "augmentation")], ...],
        Field(description="random changes of the training images"),
    ] = ()
    views: Annotated[
        tuple[Annotated[ViewChange, ShortForm(ViewChange, "view")], ...],
        Field(description="evaluate every image in these ways too, and average the scores"),
    ] = ()
    normalise: Annotated[
        bool,
        Field(
            description="by the training set's mean and deviation of each channel; false: divide "
            "by 255"
        ),
    ] = True
    mean: Annotated[
        Annotated[
            tuple[_Finite, ...],
            BeforeValidator(_for_channels),
            _PER_CHANNEL,
            AfterValidator(_of_one),
            _PARTS_OF_ONE,
        ]
        | None,
        Field(description="normalise by this mean, where black is 0 and white 1, not by the set's"),
    ] = None
    std: Annotated[
        Annotated[
            tuple[_Finite, ...],
            BeforeValidator(_for_channels),
            _PER_CHANNEL,
            AfterValidator(_of_one),
            AfterValidator(_not_too_small),
            _PARTS_ABOVE_0,
        ]
        | None,
        Field(description="likewise the deviation"),
    ] = None
    classes: Annotated[
        tuple[str, ...] | None,
        Field(description="for idx, npz and csv: the names of the classes 0, 1, ..."),
    ] = None
    file_column: Annotated[
        str | None,
        Field(description="for csv: the column of files; without it, found by its name"),
    ] = None
    label_column: Annotated[str | None, Field(description="for csv: likewise of classes")] = None
    layout: Annotated[
        Literal["nhwc", "nchw"] | None,
        Field(
            description="for npz and csv: nchw where the channels of images come before their "
            "rows; without it, they come last, and what looks otherwise is an error"
        ),
    ] = None
    memory: Annotated[
        Count | None,
        Field(
            description="for a folder and csv: MiB of images to hold in memory (without it, 1024); "
            "a larger set is read from the disk as it is needed"
        ),
    ] = None
    size: Annotated[
        VolumeSize | None, Field(description="for a folder and csv: scale every image to this")
    ] = None
    resize: Annotated[
        Literal["stretch", "crop", "pad"],
        Field(
            description="for a folder and csv: what becomes of images of other proportions than "
            "`size`"
        ),
    ] = "stretch"
    background: Annotated[
        str,
        Field(
            description="for a folder and csv: the colour behind transparent pixels, and beside "
            "those of `resize: pad`; a name or '#rrggbb'"
        ),
    ] = "white"
    damaged: Annotated[
        Literal["refuse", "skip"],
        Field(description="for a folder and csv: what becomes of files that cannot be read"),
    ] = "refuse"
