"""The typed specification: what a configuration file says, before any shape is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cnncli.bounds import MAX_SHOWN_OVERRIDE
from cnncli.layers.base import Layer
from cnncli.layers.fields import Fit
from cnncli.problems import Fix, Place, Problem, check_problems, nearest
from cnncli.text import printable, short

from .data import DataSpec
from .limits import Limits
from .train import TrainSpec


class Site(NamedTuple):
    """Where a layer's text is: its path in the file, and its offset if that is a pattern.

    file: the name of a file of blocks in which it is; empty for the configuration's own.
    """

    path: tuple[str | int, ...]
    offset: int | None = None
    file: str = ""


@dataclass(frozen=True)
class LayerSpec:
    """One layer as written; `layer` is None where its text is wrong (and reported)."""

    kind: str
    name: str
    layer: Layer | None
    path: str
    place: Place
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each given hyperparameter's value stands."""
    inputs: tuple[str, ...] | None = ()
    """The layers that it reads, all above it; None where that is wrong (and reported)."""
    site: Site | None = None
    """None for a layer that is not read from a file."""
    is_shared: bool = False
    """Whether aliases elsewhere refer to its hyperparameters, and would change with them."""

    def is_a(self, *families: type[Layer]) -> bool:
        """Whether it is written as a layer of one of the families, even where its text is wrong."""
        return any(self.kind == family.spelling.name for family in families)

    def warning(self, message: str, field: str | None = None) -> Problem:
        """The same as `problem` for what can be trained, but is hardly meant."""
        return replace(self.problem(message, field), severity="warning")

    def problem(
        self,
        message: str,
        field: str | None = None,
        fixes: tuple[Fix, ...] = (),
    ) -> Problem:
        """A problem of the layer, at the value of its hyperparameter `field` where it has one."""
        place = self.places.get(field, self.place) if field else self.place
        path = self.path if self.path.endswith(self.name) else f"{self.path} {self.name!r}"
        return Problem(place, path, message, layer=self.name, fixes=fixes)


@dataclass(frozen=True)
class Override:
    """A value that a command has set in place of the file's."""

    text: str
    """As it was given: `key.path=value`."""
    file: str | None = None
    """What the file had under that path then, as JSON or a digest of it; None: nothing."""
    record: str = ""
    """The file that keeps it, if it is an earlier command's."""
    path: tuple[str | int, ...] = ()
    """Where in the file's tree it was set."""

    @property
    def place(self) -> Place:
        text = f"--set {short(printable(self.text), MAX_SHOWN_OVERRIDE + 4)}"
        return Place(f"{self.record}: {text}" if self.record else text)


@dataclass(frozen=True)
class Specification:
    """A configuration file. With errors among its problems, wrong parts hold defaults."""

    file: str
    name: str
    data: DataSpec | None
    layers: tuple[LayerSpec, ...]
    fit: Fit
    train: TrainSpec
    problems: tuple[Problem, ...]
    places: Mapping[tuple[str | int, ...], Place]
    """Where each value of the file stands, by its path."""
    limits: Limits = Limits()
    overrides: tuple[Override, ...] = ()
    """What was set in place of the file's values, without what another one has covered."""
    block_files: Mapping[str, str] = field(default_factory=dict)
    """The text of each file of blocks that it names, and that these name, by its name."""

    @property
    def holds_only_blocks(self) -> bool:
        """Whether it has blocks for others, and no network of its own."""
        return ("blocks",) in self.places and ("architecture",) not in self.places

    def place(self, *path: str | int) -> Place:
        return nearest(self.places, path) or Place(self.file)

    def check(self) -> None:
        """Raises ConfigError with every error found."""
        check_problems(self.problems)
