"""Reads patterns and lists of layers, inside blocks too, with everything that names may mean."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cnncli.errors import Place

from .blocks import Block, Blocks
from .budget import size
from .document import Document
from .faults import Faults, Path, short, write_path
from .list_form import read_list
from .pattern import Patterns
from .pattern_form import read_pattern
from .variables import Variables
from .vocabulary import read_word, unknown_layer
from .writers import LayerWriter, UseWriter, Writer
from .written import Items, Use, Written

MAX_SETS = 2_000
MAX_DEPTH = 50
_ITEM = 3
"""How many words of a pattern take as long to read as the item of a list that is around them."""


@dataclass(frozen=True)
class Reader:
    """What is known while layers are read; faults are collected."""

    document: Document
    variables: Variables
    blocks: Blocks
    faults: Faults
    depth: int = 0
    """How many groups, lists and blocks are around what is read."""
    inside: tuple[str, ...] = ()
    """The blocks around what is read, the outermost first."""
    bodies: dict[tuple[str, str], Items] = field(default_factory=dict)
    """What was read of blocks, by name and parameters."""
    patterns: Patterns = field(default_factory=Patterns)

    def sequence(self, value: str | list[Any], path: Path) -> Items:
        """The layers of a pattern or a list."""
        inner = self.inner
        if inner is None:
            self.report_depth(self.document.place(path), path)
            return ()
        if isinstance(value, str):
            return (read_pattern(value, path, inner),)
        self.spend(_ITEM * len(value), 0, self.document.place(path), path)
        return read_list(value, path, inner)

    def spend(self, values: int, characters: int, place: Place, path: Path) -> None:
        """Counts what is about to be read. Raises ConfigError where it is too much in all."""
        if message := self.patterns.budget.spend(values, characters):
            self.faults.end(place, write_path(path), message)

    @cached_property
    def inner(self) -> "Reader | None":
        """The reader for what is inside groups, lists and blocks; None where they are too many."""
        return replace(self, depth=self.depth + 1) if self.depth < MAX_DEPTH else None

    def report_depth(self, place: Place, path: Path) -> None:
        """Says that what is inside the group, list or block at the place is not read."""
        message = f"more than {MAX_DEPTH} groups and blocks inside each other"
        self.faults.add(place, write_path(path), message)

    def writer(self, word: str, path: Path, place: Place, offset: int | None = None) -> Writer:
        """What gathers the values behind a word, which is the name of a layer or of a block."""
        if block := self.blocks.find(word):
            return UseWriter(word, path, place, self.faults, offset, block=block)
        read = read_word(word)
        if read.family is None:
            self.faults.add(place, write_path(path), unknown_layer(word, self.blocks.names))
            return _Unknown(word, path, place, self.faults, offset)
        return LayerWriter(word, path, place, self.faults, offset, word=read)

    def finished(self, writer: Writer) -> Written | Use:
        """What was gathered, as a layer or as the layers of a block."""
        if isinstance(writer, LayerWriter):
            return writer.written()
        if isinstance(writer, UseWriter):
            items = self._body(writer)
            if items is not None:
                return Use(
                    writer.block.name,
                    items,
                    writer.path,
                    writer.place,
                    writer.in_pattern,
                    writer.name,
                    writer.name_place,
                    writer.sources,
                )
        return _unknown(writer)

    def _body(self, writer: UseWriter) -> Items | None:
        """The block's layers with these parameters; None where they can not be told."""
        block = writer.block
        parameters = writer.parameters()
        if parameters is None:
            return None
        if block.name in self.inside:
            circle = " -> ".join((*self.inside[self.inside.index(block.name) :], block.name))
            writer.fault(writer.place, f"the block {block.name} is made of itself: {circle}")
            return None
        key = (block.name, repr(sorted(parameters.items())))
        self.spend(0, len(key[1]), writer.place, writer.path)
        if key not in self.bodies:
            if len(self.bodies) >= MAX_SETS:
                message = f"blocks are used with more than {MAX_SETS:,} sets of parameters"
                writer.fault(writer.place, message)
                return None
            self.spend(*size(block.body), writer.place, writer.path)
            self.bodies[key] = self._read(block, parameters)
        return self.bodies[key]

    def _read(self, block: Block, parameters: dict[str, Any]) -> Items:
        variables = self.variables.within(parameters)
        inner = replace(self, variables=variables, inside=(*self.inside, block.name))
        items = inner.sequence(block.body, block.path)
        for name in parameters:
            if name not in variables.used:
                path = (*block.path[:2], "parameters", name)
                message = f"the parameter {name} is used nowhere in the block {block.name}"
                self.faults.add(self.document.key_place(path), path, message, severity="warning")
        return items


class _Unknown(Writer):
    """Takes the values of a word that is not known; the word is reported, they are not."""


def _unknown(writer: Writer) -> Written:
    """A layer of which nothing is known, in the place of what could not be read."""
    return Written(
        kind=short(writer.text.upper()),
        family=None,
        path=writer.path,
        place=writer.place,
        in_pattern=writer.in_pattern,
        values={},
        places={},
        name=writer.name,
        name_place=writer.name_place,
        sources=writer.sources,
        faulty=True,
        offset=writer.offset,
    )
