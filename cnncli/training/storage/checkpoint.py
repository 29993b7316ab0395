"""Checkpoints: a run at one moment, in a file of its arrays and what else it needs to go on."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from cnncli.bounds import (
    MAX_CLASSES,
    MAX_LAYERS,
    MAX_MEAN,
    MAX_NAME,
    MAX_PROFILE,
    MAX_SCALE,
    MAX_STD,
)
from cnncli.datasets.dataset import Draw
from cnncli.datasets.sets import data_sets
from cnncli.datasets.tones import Tones
from cnncli.errors import CheckpointError
from cnncli.kernels.conv.profiles import SMALL_KERNELS, Profile
from cnncli.text import join_words, printable, short, show
from cnncli.training.state import Finite, Progress

from . import safetensors_file
from .safetensors_file import Arrays
from .safetensors_header import DamagedError, mapping

FORMAT = 2
"""Of the text."""
REMEDY = "another checkpoint of the run may be whole"


_DIGEST = Field(pattern="^[0-9a-f]{64}$")
NOISE = "noise"
"""What a smoke run learns from where there is nothing else."""
IMPORTED = "imported"
"""What a network learned from that another program trained: not known."""
FEW_VALUES = 128
"""Of 256: a set whose values are all below it has another white than image files."""
WHITE = 255
"""Of image files."""
_Name = Annotated[str, Field(max_length=MAX_NAME)]
_Mean = Annotated[Finite, Field(ge=0, le=MAX_MEAN)]
_Std = Annotated[Finite, Field(ge=1 / MAX_SCALE, le=MAX_STD)]


def _check_set(name: str) -> str:
    if name not in (*data_sets(), NOISE, IMPORTED):
        raise ValueError(f"there are {join_words(data_sets())}")
    return name


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each class should have its own name")
    return names


def _check_data(data: "DataUsed") -> "DataUsed":
    if data.stand_in_for and {NOISE, IMPORTED} & {data.name, data.stand_in_for}:
        raise ValueError(f"{NOISE} and {IMPORTED} stand in for no set")
    if (data.mean is None) != (data.std is None):
        raise ValueError("mean and std should go together")
    return data


@dataclass(frozen=True)
class DataUsed:
    """The data set that a run learned from, and the one that it stood in for.

    What anybody's checkpoint may hold of it; every data set is within these bounds.
    """

    name: Annotated[str, AfterValidator(_check_set)]
    digest: Annotated[str, _DIGEST]
    stand_in_for: Annotated[str, AfterValidator(_check_set)] | None
    classes: Annotated[
        tuple[str, ...], Field(min_length=1, max_length=MAX_CLASSES), AfterValidator(_check_names)
    ]
    mean: tuple[_Mean, ...] | None
    """Each channel's mean and deviation by which images are normalised; None: not at all."""
    std: tuple[_Std, ...] | None
    draw: Draw | None = None
    """How images were held out; None: as versions did that recorded nothing."""
    test_draw: Draw | None = None
    """How images to test on were; None: the files have a part for it, or every fifth was taken."""
    damaged: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Files that were left out as they could not be read; None: by a version that left out none."""
    tones: Tones | None = None
    """Which values the pixels to train on have; None: by a version that did not look."""


def is_of_files(name: str) -> bool:
    """Whether the images of the set of that name lie in files, one each."""
    options = data_sets()[name].options if name in data_sets() else ()
    return "size" in options and "layout" not in options


def white_of(name: str, tones: Tones | None) -> int:
    """The value that white has in a set, 255 in image files and in most sets."""
    if is_of_files(name) or tones is None or tones.high >= FEW_VALUES:
        return WHITE
    return max(tones.high, 1)


def _check_progress(progress: Progress) -> Progress:
    if progress.sums.correct > progress.sums.images:
        raise ValueError("sums.correct should be at most sums.images")
    return progress


def _check_profile(profile: Profile) -> Profile:
    if len(profile.name) > MAX_NAME:
        raise ValueError(f"name should have at most {MAX_NAME} characters")
    costs = (profile.direct, profile.columns, profile.tiles)
    numbers = [profile.unpacked, *chain.from_iterable(map(astuple, costs))]
    if not all(0 <= number <= MAX_PROFILE for number in numbers):  # nor NaN
        raise ValueError(f"numbers should be from 0 to {MAX_PROFILE:,}")
    return profile


@dataclass(frozen=True)
class _Format:
    format: int


@dataclass(frozen=True)
class _About(_Format):
    """The text of a checkpoint, as JSON."""

    config: str
    data: Annotated[DataUsed, AfterValidator(_check_data)]
    progress: Annotated[Progress, AfterValidator(_check_progress)]
    algorithms: Annotated[dict[_Name, _Name], Field(max_length=MAX_LAYERS)]
    start: Annotated[str, _DIGEST] | None = None
    profile: Annotated[Profile, AfterValidator(_check_profile)] = SMALL_KERNELS


_FORMAT = TypeAdapter(_Format)
_ABOUT = TypeAdapter(_About)


@dataclass(frozen=True)
class Checkpoint:
    """A run at one moment. `config` is the resolved configuration's text."""

    config: str
    data: DataUsed
    progress: Progress
    arrays: Arrays
    algorithms: Mapping[str, str] = field(default_factory=dict)
    """Which algorithm computes a node that has several; for the others, what layers expect best."""
    profile: Profile = SMALL_KERNELS
    """Of the machine that the run began on. Before there were several, all were as this one."""
    start: str | None = None
    """SHA-256 of the file that the run began with, if it began with one."""

    def save(self, path: Path, former: Path | None = None, **how: Any) -> None:
        """Writes the file whole; the one before is then called `former`.

        how: as `write_whole` takes it, which raises WriteError and UsageError.
        """
        algorithms = dict(self.algorithms)
        about = _About(
            FORMAT, self.config, self.data, self.progress, algorithms, self.start, self.profile
        )
        safetensors_file.write(path, _ABOUT.dump_json(about).decode(), self.arrays, former, **how)

    @classmethod
    def load(cls, path: Path, see: safetensors_file.See = lambda content: None) -> "Checkpoint":
        """Reads the file. see: is given its bytes.

        Raises CheckpointError where it is missing or foreign, DamagedError where it is damaged.
        """
        text, arrays = safetensors_file.read(path, see)
        try:
            found = _FORMAT.validate_json(text, strict=True).format
            if found != FORMAT:
                raise CheckpointError(
                    f"{path}: format {found} is unknown to this version, which reads format "
                    f"{FORMAT}; use a newer cnn"
                )
            about = _ABOUT.validate_json(text, strict=True)
        except ValidationError as error:
            reason = first_problem(error)
            raise DamagedError(f"{path}: the header is damaged: {reason}; {REMEDY}") from None
        if not mapping(text):
            reason = "its text: a key stands twice in it"
            raise DamagedError(f"{path}: the header is damaged: {reason}; {REMEDY}")
        return cls(
            about.config, about.data, about.progress, arrays, about.algorithms, about.profile,
            about.start,
        )  # fmt: skip


def first_problem(error: ValidationError) -> str:
    """The first problem: its place, the rule and the value, on one line of reasonable length."""
    first = error.errors(include_url=False)[0]
    where = short(".".join(map(str, first["loc"]))) or "its text"
    has_value = first["type"] not in ("missing", "json_invalid", "dataclass_type")
    found = f", not {show(first['input'])}" if has_value else ""
    return printable(f"{where}: {first['msg'].removeprefix('Value error, ')}{found}")
