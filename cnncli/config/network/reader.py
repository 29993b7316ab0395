"""Reads patterns and lists of layers, inside blocks too, with everything that names may mean."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cnncli.bounds import MAX_DEPTH, MAX_SETS
from cnncli.config.pattern.grammar import Patterns
from cnncli.config.source_text.budget import size
from cnncli.config.source_text.document import Document
from cnncli.problems import Path, Place, Problems, write_path

from .blocks import Block, Blocks
from .meanings import report_form
from .names import read_word, unknown_layer
from .variables import Variables
from .written import BlockUse, Group, Items, Written, WrittenLayer

_ITEM = 3
"""How many words of a pattern take as long to read as the item of a list that is around them."""


@dataclass(frozen=True)
class Reader:
    """What is known while layers are read; problems are collected."""

    document: Document
    variables: Variables
    blocks: Blocks
    read_pattern: "Callable[[str, Path, Reader], Group]"
    read_list: "Callable[[list[Any], Path, Reader], Items]"
    depth: int = 0
    """How many groups, lists and blocks are around what is read."""
    inside: tuple[str, ...] = ()
    """The blocks around what is read, the outermost first."""
    bodies: dict[tuple[str, str], Items] = field(default_factory=dict)
    """What was read of blocks, by name and parameters."""
    patterns: Patterns = field(default_factory=Patterns)

    @property
    def problems(self) -> Problems:
        return self.document.problems

    def sequence(self, value: str | list[Any], path: Path) -> Items:
        """The layers of a pattern or a list."""
        inner = self.inner
        if inner is None:
            self.report_depth(self.document.place(path), path)
            return ()
        if isinstance(value, str):
            return (self.read_pattern(value, path, inner),)
        self.spend(_ITEM * len(value), 0, self.document.place(path), path)
        return self.read_list(value, path, inner)

    def spend(self, values: int, characters: int, place: Place, path: Path) -> None:
        """Counts what is about to be read. Raises ConfigError where it is too much in all."""
        if message := self.patterns.budget.spend(values, characters):
            self.problems.end(place, write_path(path), message)

    @cached_property
    def inner(self) -> "Reader | None":
        """The reader for what is inside groups, lists and blocks; None where they are too many."""
        return replace(self, depth=self.depth + 1) if self.depth < MAX_DEPTH else None

    def report_depth(self, place: Place, path: Path) -> None:
        """Says that what is inside the group, list or block at the place is not read."""
        message = f"more than {MAX_DEPTH} groups and blocks inside each other"
        self.problems.add(place, write_path(path), message)

    def begin(self, word: str, path: Path, place: Place, offset: int | None = None) -> Written:
        """What takes the values after a word, which is the name of a layer or of a block."""
        if block := self.blocks.find(word):
            return BlockUse(word, path, place, self.problems, offset, block=block)
        read = read_word(word)
        layer = WrittenLayer(word, path, place, self.problems, offset, word=read)
        if read.family is None:
            layer.report(place, unknown_layer(word, self.blocks.names))
        return layer

    def finish(self, written: Written) -> WrittenLayer | BlockUse:
        """The layer as it is given, or the use of a block with the block's layers."""
        if isinstance(written, BlockUse):
            if (items := self._body(written)) is None:
                return written.as_unknown_layer()
            written.items = items
            return written
        assert isinstance(written, WrittenLayer)
        report_form(written)
        return written

    def _body(self, use: BlockUse) -> Items | None:
        """The block's layers with these parameters; None where they are not known."""
        block = use.block
        parameters = use.parameters()
        if parameters is None:
            return None
        if block.name in self.inside:
            circle = " -> ".join((*self.inside[self.inside.index(block.name) :], block.name))
            use.report(use.place, f"the block {block.name} is made of itself: {circle}")
            return None
        key = (block.name, repr(sorted(parameters.items())))
        self.spend(0, len(key[1]), use.place, use.path)
        if key not in self.bodies:
            if len(self.bodies) >= MAX_SETS:
                message = f"blocks are used with more than {MAX_SETS:,} sets of parameters"
                use.report(use.place, message)
                return None
            self.spend(*size(block.body), use.place, use.path)
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
                self.document.report(path, message, "warning", at_key=True)
        return items
