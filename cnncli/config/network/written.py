"""Layers, uses of blocks, and groups, with all that the architecture gives for them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cnncli.bounds import MAX_SOURCES
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.scalars import resolve
from cnncli.config.translation.several_parts import Parts, are_parts
from cnncli.layers.cut import Split
from cnncli.problems import Path, Place, Problems, write_path
from cnncli.text import closest, join_words, short, show

from .blocks import Block
from .names import Word, find_key, meant_family, positional_key, unknown_hyperparameter
from .variables import Variables

INPUT = "input"
"""The name of what goes into a block, and of the images in the network itself."""
BESIDE = ("name", "from")
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
    name: str | None = None
    name_place: Place | None = None
    sources: tuple[Reference, ...] = ()
    """What it reads; empty: the layer before it."""
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

    def set(self, key: str, spelling: str, value: Any, place: Place) -> None:
        """Sets a value that is not set yet."""
        if key in self.values:
            first = self.spellings[key]
            both = "" if first == spelling else f", by {first} and by {spelling}"
            self.report(place, f"{key} is given twice{both}", spelling)
            return
        self.values[key], self.places[key], self.spellings[key] = value, place, spelling

    @abstractmethod
    def set_positional(self, value: Any, place: Place) -> None:
        """Takes a value without a key: the 64 of CONV3-64, FC(10) and `- fc: 10`."""

    @abstractmethod
    def set_keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """Takes a value with a key: `K: 32`."""

    def set_values(self, value: Any, document: Document, variables: Variables) -> None:
        """Takes what stands after the word in a list: values by their keys, or one without."""
        if isinstance(value, dict):
            for key, given in value.items():
                where = (*self.path, key)
                places = document.key_place(where), document.place(where)
                self.set_keyed(key, variables.value(given), *places)
        elif value is not None:
            self.set_positional(variables.value(value), document.place(self.path))

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
    parts: Parts | None = None
    """Of a SPLIT: how many outputs it is written with."""

    def __post_init__(self) -> None:
        family, size = self.word.family, self.word.glued
        if not family or not size:
            return
        if family.spelling.size_suffix is None:
            message = f"{show(self.text)}: {self.kind} takes no number after its name"
            self.report(self.place, message)
        else:
            self.set(family.spelling.size_suffix, self.text, resolve(size), self.place)

    @property
    def kind(self) -> str:
        """The usual name of its family, or what is written instead of one."""
        return self.word.family.spelling.name if self.word.family else short(self.text.upper())

    def place_as(self, full_name: str, inputs: tuple[str, ...] | None) -> "WrittenLayer":
        """A copy in its place in the network, to which defaults may be added."""
        placed = copy(self)
        placed.full_name, placed.inputs = full_name, inputs
        placed.values, placed.places = dict(self.values), dict(self.places)
        return placed

    def set_positional(self, value: Any, place: Place) -> None:
        if self.word.family is None:
            return
        if key := positional_key(self.word.family):
            self.set(key, f"the value {show(value)}", value, place)
        elif self.word.family is Split and are_parts(None, value):
            self.parts = Parts(None, value, place)
        else:
            message = f"{self.kind} takes no value without a key, {show(value)} is one"
            if self.word.family.is_join and isinstance(value, list):
                message += "; what it joins stands beside it, in from:"
            self.report(place, message)

    def set_keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """Sets a hyperparameter by its name or a synonym: `K: 32`, `filters: 32`.

        Of a layer that has another name elsewhere, wrong keys are reported too.
        """
        family = self.word.family or meant_family(self.text)
        if family is None:
            return
        if key := find_key(family, written):
            if self.word.family:
                self.set(key, written, value, place)
            return
        if family is Split and are_parts(written, value):
            self.parts = Parts(written, value, key_place)
            return
        message = unknown_hyperparameter(family, written)
        if written in BESIDE:
            usual = self.kind.lower()
            message = f"'{written}' stands beside the layer: {{{usual}: ..., {written}: ...}}"
            if written == "name":
                self.set_name(value, place)
        self.report(key_place, message, written)


@dataclass
class BlockUse(Written):
    """A block in the place of a layer, with its parameters; `items` are the block's layers."""

    block: Block = field(kw_only=True)
    items: "Items" = ()

    def set_positional(self, value: Any, place: Place) -> None:
        """Sets the block's only parameter."""
        known = list(self.block.parameters)
        if len(known) == 1:
            self.set(known[0], f"the value {show(value)}", value, place)
        else:
            message = f"the block {self.block.name} has no parameters"
            if known:
                message = f"write the parameter's name, like {self.block.name}({known[0]}=...)"
            self.report(place, f"{message}; {show(value)} has none")

    def set_keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        known = self.block.parameters
        if written in known:
            self.set(written, written, value, place)
            return
        hint = "it has none"
        if known:
            found = closest(written, known)
            there = f"{'they are' if len(known) > 1 else 'it has'} {join_words(known)}"
            hint = f"did you mean {found}?" if found else there
        message = f"unknown parameter {show(written)} of the block {self.block.name}; {hint}"
        self.report(key_place, message, written)

    def parameters(self) -> dict[str, Any] | None:
        """The block's parameters, given and default; None where one is missing (reported)."""
        parameters = {**self.block.parameters, **self.values}
        missing = [key for key in parameters if key not in self.values and parameters[key] is None]
        if missing:
            message = f"the block {self.block.name} needs {join_words(missing)}: it has no default"
            self.report(self.place, message)
        self.report_several_sources("a block")
        return None if self.is_wrong else parameters

    def as_unknown_layer(self) -> WrittenLayer:
        """A layer of which nothing is known, where the block's layers could not be read."""
        layer = WrittenLayer(
            self.text, self.path, self.place, self.problems, self.offset, word=Word(self.text, None)
        )
        layer.name, layer.name_place, layer.sources = self.name, self.name_place, self.sources
        layer.is_wrong = True
        return layer


@dataclass(frozen=True)
class Group:
    """Items that are repeated together; `place` is that of the repeat.

    numbered: a repeat is written, so that names inside get the number of their copy.
    """

    items: "Items"
    repeat: int
    place: Place
    path: Path
    numbered: bool = False


Items: TypeAlias = tuple[WrittenLayer | BlockUse | Group, ...]
