"""Gathering what is given for one layer, or for one use of a block, from either form of writing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cnncli.config.source_text.scalars import resolve
from cnncli.problems import Path, Place, Problems, write_path
from cnncli.text import closest, listed, show

from .blocks import Block
from .items import BESIDE, INPUT, Reference, Written
from .names import Family, Word, find_key, positional_key, unknown_hyperparameter, unknown_layer

MAX_SOURCES = 1_000


@dataclass
class Writer:
    """Gathers values by key, the name and the sources of a layer; reports what is wrong."""

    text: str
    path: Path
    place: Place
    problems: Problems
    offset: int | None = None
    """Where the layer begins in a pattern's text; None in a list."""
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    name_place: Place | None = None
    sources: tuple[Reference, ...] = ()
    is_wrong: bool = False

    @property
    def in_pattern(self) -> bool:
        """Whether it is written in a pattern."""
        return self.offset is not None

    def report(self, place: Place, message: str, key: str | None = None) -> None:
        """Reports what is wrong with the layer, or with one of its keys in a list."""
        path = write_path((*self.path, key) if key and not self.in_pattern else self.path)
        self.problems.add(place, path, message)
        self.is_wrong = True

    def set(self, key: str, spelling: str, value: Any, place: Place) -> None:
        """Sets a value that is not set yet."""
        if key in self.values:
            first = self.spellings[key]
            both = "" if first == spelling else f", by {first} and by {spelling}"
            self.report(place, f"{key} is given twice{both}", spelling)
            return
        self.values[key], self.places[key], self.spellings[key] = value, place, spelling

    def positional(self, value: Any, place: Place) -> None:
        """A value without a key: the 64 of CONV3-64, FC(10) and `- fc: 10`."""

    def keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """A value with a key: `K: 32`."""

    def called(self, name: Any, path: Path | str, place: Place) -> None:
        """The layer's own name."""
        if name == INPUT:
            message = "input means what goes in, in every from:; give the layer another name"
            self.problems.add(place, path, message)
            return
        if isinstance(name, str) and all(
            part.replace("-", "_").isidentifier() for part in name.split(".")
        ):
            self.name, self.name_place = name, place
            return
        message = (
            f"a layer's name must be a word of letters, digits, _, - and '.', not {show(name)}"
        )
        self.problems.add(place, path, message)

    def reads(self, value: Any, path: Path | str, places: Sequence[Place]) -> None:
        """What stands behind `from`: names or -1, -2, ...; one or a list of them."""
        if isinstance(value, list) and len(value) > MAX_SOURCES:
            message = f"from names {len(value):,} layers; at most {MAX_SOURCES:,} are allowed"
            self.problems.add(places[0], path, message)
            self.is_wrong = True
            return
        found = []
        for i, target in enumerate(value if isinstance(value, list) else [value]):
            place = places[min(i, len(places) - 1)]
            relative = isinstance(target, int) and not isinstance(target, bool) and target < 0
            if not relative and not isinstance(target, str):
                message = f"from takes names of layers, or -1, -2, ..., not {show(target)}"
                self.problems.add(place, path, message)
                self.is_wrong = True
                continue
            found.append(Reference(target, place))
        if isinstance(value, list) and not value:
            self.problems.add(places[0], path, "from is empty; name a layer, or leave it out")
        self.sources = tuple(found)


@dataclass
class LayerWriter(Writer):
    """Gathers the hyperparameters of one layer."""

    word: Word = field(kw_only=True)

    def __post_init__(self) -> None:
        if self.word.family is None:
            self.report(self.place, unknown_layer(self.text))
        elif self.word.glued:
            self.glued(self.word.family, self.word.glued)

    def glued(self, family: Family, text: str) -> None:
        """The number directly behind the name: the 3 of CONV3."""
        if family.GLUED is None:
            name = family.NAMES[0]
            self.report(self.place, f"{show(self.text)}: {name} takes no number behind its name")
        else:
            self.set(family.GLUED, self.text, resolve(text), self.place)

    def positional(self, value: Any, place: Place) -> None:
        """A value without a key: the 64 of CONV3-64, FC(10) and `- fc: 10`."""
        family = self.word.family
        if family is None:
            return
        key = positional_key(family)
        if key is None:
            name = family.NAMES[0]
            self.report(place, f"{name} takes no value without a key, {show(value)} is one")
        else:
            self.set(key, f"the value {show(value)}", value, place)

    def keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """A value with a key, which may be a synonym: `K: 32`, `filters: 32`."""
        family = self.word.family
        if family is None:
            return
        key = find_key(family, written)
        if key is None and written in BESIDE:
            usual = family.NAMES[0].lower()
            message = f"'{written}' stands beside the layer: {{{usual}: ..., {written}: ...}}"
            self.report(key_place, message, written)
        elif key is None:
            self.report(key_place, unknown_hyperparameter(family, written), written)
        else:
            self.set(key, written, value, place)

    def written(self) -> Written:
        """The layer as gathered."""
        family = self.word.family
        assert family is not None, "the reader takes other words to itself"
        if not family.JOINS and len(self.sources) > 1:
            self.report(
                self.sources[1].place,
                f"{family.NAMES[0]} reads one layer, but from names {len(self.sources)}; "
                "join them with ADD or CONCAT first",
            )
        return Written(
            kind=family.NAMES[0],
            family=family,
            path=self.path,
            place=self.place,
            in_pattern=self.in_pattern,
            values=self.values,
            places=self.places,
            name=self.name,
            name_place=self.name_place,
            sources=self.sources,
            is_wrong=self.is_wrong,
            offset=self.offset,
        )


@dataclass
class UseWriter(Writer):
    """Gathers the parameters with which a block is used."""

    block: Block = field(kw_only=True)

    def positional(self, value: Any, place: Place) -> None:
        """A value without a key is meant for the block's only parameter."""
        known = list(self.block.parameters)
        if len(known) == 1:
            self.set(known[0], f"the value {show(value)}", value, place)
        else:
            message = f"the block {self.block.name} has no parameters"
            if known:
                message = f"write the parameter's name, like {self.block.name}({known[0]}=...)"
            self.report(place, f"{message}; {show(value)} has none")

    def keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """The value of one of the block's parameters."""
        known = self.block.parameters
        if written in known:
            self.set(written, written, value, place)
            return
        hint = "it has none"
        if known:
            found = closest(written, known)
            there = f"they are {listed(known)}" if len(known) > 1 else f"it has {listed(known)}"
            hint = f"did you mean {found}?" if found else there
        message = f"unknown parameter {show(written)} of the block {self.block.name}; {hint}"
        self.report(key_place, message, written)

    def parameters(self) -> dict[str, Any] | None:
        """The block's parameters, given and default; None where one is missing (reported)."""
        missing = [key for key in self.block.required if key not in self.values]
        if missing:
            message = f"the block {self.block.name} needs {listed(missing)}: it has no default"
            self.report(self.place, message)
        if len(self.sources) > 1:
            self.report(
                self.sources[1].place,
                f"a block reads one layer, but from names {len(self.sources)}; "
                "join them with ADD or CONCAT first",
            )
        return None if self.is_wrong else {**self.block.parameters, **self.values}
