"""Reads patterns and lists of layers, inside blocks too, with everything that names may mean."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from cnncli.bounds import MAX_DEPTH, MAX_SETS
from cnncli.config.pattern.grammar import Patterns
from cnncli.config.source_text.budget import size
from cnncli.config.source_text.document import Document
from cnncli.config.translation.meanings import report_form
from cnncli.problems import Path, Place, Problems, write_path

from .block_parameters import Parameters
from .block_use import BlockUse, Group, Items
from .blocks import Blocks
from .names import read_word, unknown_layer
from .variables import Variables
from .written import Written, WrittenLayer

_ITEM = 3
"""How many words of a pattern take as long to read as the item of a list that is around them."""


class _Body(NamedTuple):
    """The layers of a block, and the variables around it that it asks for."""

    items: Items
    borrowed: dict[str, Any]

    def is_for(self, variables: Variables) -> bool:
        """Whether it reads the same among other variables, of which it then uses these."""
        if any(variables.values.get(name) != value for name, value in self.borrowed.items()):
            return False
        for name in self.borrowed:
            variables.use(name)
        return True


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
    bodies: "dict[tuple[str, str, int], _Body]" = field(default_factory=dict)
    """What was read of blocks, by name and parameters, and for others around it by a number."""
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
        around = self.variables
        if around.of_file is not block.variables:  # it stands in another file
            around = block.variables
        parameters = use.parameters(around, self.document)
        if parameters is None:
            return None
        if block.name in self.inside:
            circle = " -> ".join((*self.inside[self.inside.index(block.name) :], block.name))
            use.report(use.place, f"the block {block.name} is made of itself: {circle}")
            return None
        key = (block.name, repr(sorted(parameters.own.items())))
        self.spend(0, len(key[1]), use.place, use.path)
        for variant in count():
            known = self.bodies.get((*key, variant))
            if known is None:
                break
            if known.is_for(around):
                return known.items
        if len(self.bodies) >= MAX_SETS:
            message = f"blocks are used with more than {MAX_SETS:,} sets of parameters"
            use.report(use.place, message)
            return None
        self.spend(*size(block.body), use.place, use.path)
        items = self._read(use, parameters)
        self.bodies[*key, variant] = _Body(items, parameters.borrowed)
        return items

    def _read(self, use: BlockUse, parameters: Parameters) -> Items:
        block = use.block
        for name in use.given:
            parameters.mention(block.parameters[name])
        inner = replace(self, variables=parameters, inside=(*self.inside, block.name))
        items = inner.sequence(block.body, block.path)
        for name in parameters.own:
            if name not in parameters.used:
                path = (*block.path[:2], "parameters", name)
                message = f"the parameter {name} is used nowhere in the block {block.name}"
                self.document.report(path, message, "warning", at_key=True)
        return items
