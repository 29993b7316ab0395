"""Layers, uses of blocks, and groups, with all that the architecture gives for them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cnncli.bounds import MAX_SOURCES
from cnncli.config.expression.asked import Asked
from cnncli.config.expression.expression import Expression, condition
from cnncli.config.expression.given import Bound, Given, Unreadable, explain, plain, report
from cnncli.config.expression.symbols import ExpressionError
from cnncli.config.rows import Row
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.scalars import resolve
from cnncli.config.specification import Origin
from cnncli.layers.base import Layer
from cnncli.problems import Path, Place, Problems, write_path
from cnncli.schema.validation import FieldProblem
from cnncli.text import short, show

from .condition import Condition
from .names import Word, find_key, positional_key, typed
from .variables import Variables

INPUT = "input"
"""The name of what goes into a block, and of the images in the network itself."""
BESIDE = ("name", "from", "if")
"""Keys that stand beside a layer in a list, and in its parentheses in a pattern."""


@dataclass(frozen=True)
class Reference:
    """One entry of `from:`, a layer's name or how many layers back it stands (-1, -2)."""

    target: str | int
    place: Place


@dataclass
class Written(ABC):
    """A word with its values by key, its name and its sources; reports what is wrong with them."""

    text: str
    path: Path
    place: Place
    problems: Problems
    offset: int | None = None
    """Where the word begins in a pattern's text; None in a list."""
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    """The keys as they are written."""
    given: dict[str, Given] = field(default_factory=dict)
    """The values with the formulas as which they are written."""
    unread: set[str] = field(default_factory=set)
    """The keys whose formulas are wrong (and reported)."""
    name: str | None = None
    name_place: Place | None = None
    sources: tuple[Reference, ...] = ()
    """What it reads; empty: the layer before it."""
    waits: bool = False
    """Whether a value waits for a size."""
    condition: Condition | None = None
    """Whether it is there; None: it is."""
    is_wrong: bool = False
    """Whether a problem of its text is reported already."""

    @property
    def in_pattern(self) -> bool:
        return self.offset is not None

    def report(self, place: Place, message: str, key: str | None = None) -> None:
        """Reports what is wrong with the layer, or with one of its keys in a list."""
        path = write_path((*self.path, key) if key and not self.in_pattern else self.path)
        self.problems.add(place, path, message)
        self.is_wrong = True

    def report_beside(self, key: str, place: Place, message: str, layer: str | None = None) -> None:
        """Reports what is wrong with its `name` or `from`, which stand beside it in a list."""
        path = self.path if self.in_pattern else (*self.path[:-1], key)
        self.problems.add(place, path, message, layer)

    def set(self, key: str, spelling: str, given: Given, place: Place) -> None:
        """Sets a value that is not set yet."""
        if key in self.given:
            first = self.spellings[key]
            both = "" if first == spelling else f", by {first} and by {spelling}"
            self.report(place, f"{key} is given twice{both}", spelling)
            return
        self.given[key], self.places[key], self.spellings[key] = given, place, spelling
        if isinstance(given.value, Bound):
            self.waits = True
            return
        if given.is_read:
            self.values[key] = self.typed(key, plain(given.value))
        else:
            self.unread.add(key)

    def typed(self, key: str, value: Any) -> Any:
        """A value in the form in which it is kept."""
        return value

    @abstractmethod
    def set_positional(self, given: Given, place: Place) -> None:
        """Takes a value without a key: the 64 of CONV3-64, FC(10) and `- fc: 10`."""

    @abstractmethod
    def set_keyed(self, written: str, given: Given, key_place: Place, place: Place) -> None:
        """Takes a value with a key: `K: 32`."""

    def set_values(self, value: Any, document: Document, variables: Variables) -> None:
        """Takes what stands after the word in a list: values by their keys, or one without."""
        if isinstance(value, dict):
            for key, written in value.items():
                where = (*self.path, key)
                given = self.read(written, variables, document.locate(where, written), key)
                self.set_keyed(key, given, document.key_place(where), document.place(where))
        elif value is not None:
            given = self.read(value, variables, document.locate(self.path, value))
            self.set_positional(given, document.place(self.path))

    def read(
        self,
        written: Any,
        variables: Variables,
        locate: Callable[[int], Place],
        key: str | None = None,
    ) -> Given:
        """A value as it is given; what is wrong with an expression is reported.

        locate: the place of an offset in its text.
        """
        try:
            given = variables.value(written)
            given.check_known()
            return given
        except ExpressionError as error:
            path = (*self.path, key) if key and not self.in_pattern else self.path
            report(self.problems, locate(error.offset), path, error)
            self.is_wrong = True
        except Unreadable:
            self.is_wrong = True
        return Given(written, is_read=False)

    def explain(self, problem: FieldProblem, element: int | None = None) -> str:
        """What is wrong with a value; of an expression, with what it gives.

        element: which one of a list is meant.
        """
        key = str(problem.path[0]) if problem.path else ""
        given = self.given.get(key, Given(None))
        formula, value = given.formula, given.value
        if isinstance(formula, list) and element is not None:
            formula, value = formula[element], value[element]
        if not isinstance(formula, Expression | str):
            return problem.message
        return explain(key, formula, value, given.names, problem.message)

    def set_name(self, name: Any, place: Place) -> None:
        parts = name.replace("-", "_").split(".") if isinstance(name, str) else [""]
        if name == INPUT:
            message = "input means what goes in, in every from:; give the layer another name"
        elif all(part.isidentifier() for part in parts):
            self.name, self.name_place = name, place
            return
        else:
            rule = "a layer's name must be a word of letters, digits, _, - and '.'"
            message = f"{rule}, not {show(name)}"
        self.report_beside("name", place, message)

    def set_sources(self, value: Any, places: Sequence[Place]) -> None:
        """Takes what stands after `from`: names or -1, -2, ...; one or a list of them."""
        targets = value if isinstance(value, list) else [value]
        if len(targets) > MAX_SOURCES:
            message = f"from names {len(targets):,} layers; at most {MAX_SOURCES:,} are allowed"
            self.report_beside("from", places[0], message)
            self.is_wrong = True
            return
        if not targets:
            message = "from is empty; name a layer, or leave it out"
            self.report_beside("from", places[0], message)
        found = []
        for i, target in enumerate(targets):
            place = places[min(i, len(places) - 1)]
            relative = isinstance(target, int) and not isinstance(target, bool) and target < 0
            if relative or isinstance(target, str):
                found.append(Reference(target, place))
                continue
            message = f"from takes names of layers, or -1, -2, ..., not {show(target)}"
            self.report_beside("from", place, message)
            self.is_wrong = True
        self.sources = tuple(found)

    def report_several_sources(self, reader: str, remedy: str = "") -> None:
        """Reports what a reader of one layer names in `from:` after the first."""
        if len(self.sources) > 1:
            message = f"{reader} reads one layer, but from names {len(self.sources)}"
            place = self.sources[1].place
            self.report(place, f"{message}; {remedy or 'join them with ADD or CONCAT first'}")


@dataclass
class WrittenLayer(Written):
    """A layer with its hyperparameters as they are given, and once it is placed, what it reads.

    Nothing is known of one whose word names no family: its values are not looked at.
    """

    word: Word = field(kw_only=True)
    full_name: str = ""
    """With the blocks and the repeats around it."""
    inputs: tuple[str, ...] | None = None
    """The full names of the layers that it reads; None where they are not known."""
    row: Row | None = None
    unset: list[tuple[str | None, Any, Place, Place]] = field(default_factory=list)
    """What is no hyperparameter: key or None, value, and their places."""
    searches: dict[str, Callable[[], Origin | None]] = field(default_factory=dict)
    """Once it is placed: for where values come from that are not written here, by their keys."""
    asks: dict[str, Asked] = field(default_factory=dict)
    """Once it is placed: the values that depend on the sizes of others."""

    def __post_init__(self) -> None:
        family, size = self.word.family, self.word.glued
        if not family or not size:
            return
        if family.spelling.size_suffix is None:
            message = f"{show(self.text)}: {self.kind} takes no number after its name"
            self.report(self.place, message)
        else:
            self.set(family.spelling.size_suffix, self.text, Given(resolve(size)), self.place)

    @property
    def kind(self) -> str:
        """The usual name of its family, or what is written instead of one."""
        return self.word.family.spelling.name if self.word.family else short(self.text.upper())

    def typed(self, key: str, value: Any) -> Any:
        return typed(self.word.family, key, value) if self.word.family else value

    def place_as(
        self,
        full_name: str,
        inputs: tuple[str, ...] | None,
        origin: Callable[[Any, Mapping[str, Any]], Origin | None],
        asks: dict[str, Asked],
        row: Row,
    ) -> "WrittenLayer":
        """A copy in its place in the network, to which defaults may be added.

        origin: finds that of a formula there, with what its names stand for.
        """
        placed = copy(self)
        placed.searches = {
            key: partial(origin, given.formula, given.names)
            for key, given in self.given.items()
            if given.formula is not None
        }
        placed.asks, placed.row = asks, row
        placed.full_name, placed.inputs = full_name, inputs
        placed.values, placed.places = dict(self.values), dict(self.places)
        return placed

    def all_asks(self, base: Layer, usual: Mapping[str, Any] = {}) -> dict[str, Asked]:
        """What it asks for, with what follows from the size that it reads where it is left open.

        base: the layer as far as it is known; usual: values that it has by default.
        """
        others = {*self.values, *self.asks, *usual} if self.asks or usual else self.values
        if not (left := base.open_sizes(others)):
            return self.asks
        first = self.inputs[0] if self.inputs else None
        return {key: Asked(condition(text), {}, first) for key, text in left.items()} | self.asks

    def set_positional(self, given: Given, place: Place) -> None:
        key = positional_key(self.word.family) if self.word.family else None
        if key:
            self.set(key, f"the value {show(plain(given.value))}", given, place)
        else:
            self.unset.append((None, plain(given.value), place, place))

    def set_keyed(self, written: str, given: Given, key_place: Place, place: Place) -> None:
        """Sets a hyperparameter by its name or a synonym: `K: 32`, `filters: 32`."""
        key = find_key(self.word.family, written) if self.word.family else None
        if key:
            self.set(key, written, given, place)
        else:
            self.unset.append((written, plain(given.value), key_place, place))
