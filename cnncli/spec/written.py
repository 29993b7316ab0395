"""Layers as they are written, before defaults and validation; both forms of writing end here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.errors import Place

from .faults import Faults, Path, show, write_path
from .scalars import resolve
from .vocabulary import (
    Family,
    Word,
    find_key,
    positional_key,
    read_word,
    unknown_hyperparameter,
    unknown_layer,
)


@dataclass(frozen=True)
class Written:
    """One layer: what it is and which hyperparameters are given; `family` None: not known."""

    kind: str
    family: Family | None
    path: Path
    place: Place
    in_pattern: bool
    values: Mapping[str, Any]
    places: Mapping[str, Place]
    name: str | None = None
    name_place: Place | None = None
    faulty: bool = False
    """A fault of its text is reported already."""


@dataclass(frozen=True)
class Group:
    """Layers and groups that are repeated together; `place` is that of the repeat."""

    items: "tuple[Written | Group, ...]"
    repeat: int
    place: Place
    path: Path


@dataclass
class Writer:
    """Gathers the hyperparameters of one layer, and says what is wrong with their names."""

    text: str
    path: Path
    place: Place
    in_pattern: bool
    faults: Faults
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    faulty: bool = False

    def __post_init__(self) -> None:
        self.word: Word = read_word(self.text)
        if self.word.family is None:
            self.fault(self.place, unknown_layer(self.text))
        elif self.word.glued:
            self.glued(self.word.family, self.word.glued)

    def fault(self, place: Place, message: str, key: str | None = None) -> None:
        """Reports what is wrong with the layer, or with one of its keys in a list."""
        path = write_path((*self.path, key) if key and not self.in_pattern else self.path)
        self.faults.add(place, path, message)
        self.faulty = True

    def glued(self, family: Family, text: str) -> None:
        """The number directly behind the name: the 3 of CONV3."""
        if family.GLUED is None:
            name = family.NAMES[0]
            self.fault(self.place, f"{show(self.text)}: {name} takes no number behind its name")
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
            self.fault(place, f"{name} takes no value without a key, {show(value)} is one")
        else:
            self.set(key, f"the value {show(value)}", value, place)

    def keyed(self, written: str, value: Any, key_place: Place, place: Place) -> None:
        """A value with a key, which may be a synonym: `K: 32`, `filters: 32`."""
        family = self.word.family
        if family is None:
            return
        key = find_key(family, written)
        if key is None:
            self.fault(key_place, unknown_hyperparameter(family, written), written)
        else:
            self.set(key, written, value, place)

    def set(self, key: str, spelling: str, value: Any, place: Place) -> None:
        """Sets a hyperparameter that is not set yet."""
        if key in self.values:
            first = self.spellings[key]
            both = "" if first == spelling else f", by {first} and by {spelling}"
            self.fault(place, f"{key} is given twice{both}", spelling)
            return
        self.values[key], self.places[key], self.spellings[key] = value, place, spelling

    def written(self, name: str | None = None, name_place: Place | None = None) -> Written:
        """The layer as gathered."""
        family = self.word.family
        kind = family.NAMES[0] if family else self.word.text.upper()
        return Written(
            kind,
            family,
            self.path,
            self.place,
            self.in_pattern,
            self.values,
            self.places,
            name,
            name_place,
            self.faulty,
        )
