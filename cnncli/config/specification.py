"""The typed specification: what a configuration file says, before any shape is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncli.bounds import MAX_SHOWN_OVERRIDE
from cnncli.geometry import Padding, Volume
from cnncli.layers.base import Layer
from cnncli.layers.fields import Fit
from cnncli.problems import Edit, Fix, Place, Problem, check_problems, nearest
from cnncli.schema.validation import validate
from cnncli.text import printable, short

from .expression.asked import Asked
from .expression.given import Bound
from .expression.symbols import ExpressionError, quoted
from .limits import Limits
from .rows import Link, Row
from .source_text.scalars import resolve
from .train import TrainSpec

if TYPE_CHECKING:
    from .data import DataSpec


class Site(NamedTuple):
    """Where a layer's text is: its path in the file, and its offset if that is a pattern.

    file: the name of a file of blocks in which it is; empty for the configuration's own.
    """

    path: tuple[str | int, ...]
    offset: int | None = None
    file: str = ""


def _as_written(value: Any) -> Any:
    """An extent, a volume or a padding as a file has it; anything else as it is."""
    if isinstance(value, Padding) and str(value).startswith("{"):
        return value._asdict()
    return resolve(str(value)) if isinstance(value, tuple) else value


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a constant is written on which a layer's hyperparameter depends.

    Two are equal where they are the same constant: all layers that depend on it can be collected.
    """

    site: Site
    """A use of a block, or the mapping with a block's parameters, variables or defaults."""
    field: str
    """What it is called there."""
    place: Place
    """Where its value stands; without a line where a command has set it."""
    home: Place
    """Where what it stands in begins: the use, or the mapping."""
    derive: Callable[[Any], Any] = _same
    """From another value of the constant to that of the hyperparameter, as a file has them.

    Raises ExpressionError where it becomes nothing.
    """
    others: tuple[Origin, ...] = ()
    """The other constants on which the hyperparameter depends too, and the argument, default or
    variable as a whole that is an expression of them."""

    @property
    def _identity(self) -> tuple[Any, ...]:
        """Its text: an alias in a list is another path to the same one."""
        where = (self.home, self.site.offset) if self.home.line else self.site
        return where, self.field

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def edit(self, value: Any) -> Edit:
        """What writes another value in the place of the constant."""
        return Edit(self.site.path, self.site.offset, self.field, value, self.site.file)


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
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Of hyperparameters whose values are written elsewhere than in its own text, by name."""
    asks: Mapping[str, Asked] = field(default_factory=dict)
    """Hyperparameters that depend on the sizes of other layers' outputs, by name."""
    formulas: Mapping[str, str] = field(default_factory=dict)
    """How those of them are written in its own text that are a name or an expression."""
    row: Row | None = None
    """None for a layer that is not read from a file."""

    def constants(self, field: str) -> tuple[Origin, ...]:
        """Those on which a hyperparameter depends; none where it stands in the layer's own text."""
        own = self.origins.get(field)
        return (own, *own.others) if own else ()

    def with_constant(self, origin: Origin, value: Any) -> Layer | None:
        """The layer where the constant has another value, as a file or a layer has it.

        None where the text is wrong, or its hyperparameters cannot become what follows from that.
        """
        if self.layer is None:
            return None
        written = _as_written(value)
        try:
            derived = {
                name: each.derive(written)
                for name in self.origins
                for each in self.constants(name)
                if each == origin
            }
        except ExpressionError:
            return None
        if not derived:
            return self.layer
        if any(isinstance(value, Bound) for value in derived.values()):
            return None  # it depends on a size too
        layer: Layer | None
        layer, _ = validate(type(self.layer), vars(self.layer) | derived, self.kind)
        return layer

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
class Decision:
    """That a layer, a block or a group with a condition is there, or is left out."""

    asked: Asked
    is_on: bool
    at: int
    """How many layers of the network stand before it."""
    origins: Mapping[str, Origin]
    """Under `if`, where the constants are written on which the condition depends."""

    @property
    def text(self) -> str:
        """The condition, for a message."""
        return quoted(self.asked.expression.text)

    def is_other(
        self, outputs: Mapping[str, Volume], constants: Mapping[Origin, Any] | None = None
    ) -> bool:
        """Whether it comes out otherwise with these outputs of layers and values of constants.

        Where that is not known for constants, it is taken to be so; for outputs, not to be so.
        """
        asked = self.asked
        origin = self.origins.get("if") if constants else None
        own = (origin, *origin.others) if origin else ()
        concerned = [origin for origin in own if constants and origin in constants]
        try:
            if not concerned:
                return asked.is_on(outputs) != self.is_on
            if len(concerned) > 1 or not constants:
                return True
            found = concerned[0].derive(constants[concerned[0]])
            if isinstance(found, Bound):
                if any(isinstance(value, Bound) for value in found.names.values()):
                    return True
                found = Asked(found.expression, found.names, asked.source).is_on(outputs)
            return bool(found) != self.is_on
        except ExpressionError:
            return bool(concerned)


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
    links: tuple[Link, ...] = ()
    """Every `from:` of the architecture, as often as repeats and blocks use it."""
    decisions: tuple[Decision, ...] = ()
    """What came of the conditions of layers, from the top."""
    needs_images: bool = False
    """Whether nothing but the first layer could be read, as expressions ask for sizes that follow
    from the images, and theirs is not known."""
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
