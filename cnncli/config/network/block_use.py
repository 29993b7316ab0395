"""Uses of blocks with their parameters, and groups: what holds layers in the architecture."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cnncli.config.expression.given import Bound, Given, Unreadable, mentioned, plain, report
from cnncli.config.expression.symbols import ExpressionError, quoted
from cnncli.config.source_text.document import Document
from cnncli.problems import Path, Place
from cnncli.text import closest, join_words, show

from .block_parameters import Parameters
from .blocks import Block
from .condition import Condition
from .names import Word
from .variables import Variables
from .written import Written, WrittenLayer


@dataclass
class BlockUse(Written):
    """A block in the place of a layer, with its parameters; `items` are the block's layers."""

    block: Block = field(kw_only=True)
    items: "Items" = ()
    defaults: dict[str, Given] = field(default_factory=dict)
    """Of the parameters that are not given."""

    def set_positional(self, given: Given, place: Place) -> None:
        """Sets the block's only parameter."""
        known, shown = list(self.block.parameters), show(plain(given.value))
        if len(known) == 1:
            self.set(known[0], f"the value {shown}", given, place)
        else:
            message = f"the block {self.block.name} has no parameters"
            if known:
                message = f"write the parameter's name, like {self.block.name}({known[0]}=...)"
            self.report(place, f"{message}; {shown} has none")

    def set_keyed(self, written: str, given: Given, key_place: Place, place: Place) -> None:
        known = self.block.parameters
        if written in known:
            self.set(written, written, given, place)
            return
        hint = "it has none"
        if known:
            found = closest(written, known)
            there = f"{'they are' if len(known) > 1 else 'it has'} {join_words(known)}"
            hint = f"did you mean {found}?" if found else there
        message = f"unknown parameter {show(written)} of the block {self.block.name}; {hint}"
        self.report(key_place, message, written)

    def parameters(self, around: Variables, document: Document) -> Parameters | None:
        """The block's parameters, given and default; None where one is missing (reported).

        A default may be a formula of the parameters before it, and of the variables around.
        """
        found = Parameters(around)
        missing = []
        for name, default in self.block.parameters.items():
            if name in self.given:
                found.add(name, self.given[name].value)
            elif default is None:
                missing.append(name)
            else:
                self._add_default(name, default, found, document)
        if missing:
            message = f"the block {self.block.name} needs {join_words(missing)}: it has no default"
            self.report(self.place, message)
        self.report_several_sources("a block")
        return None if self.is_wrong else found

    def _add_default(self, name: str, written: Any, found: Parameters, document: Document) -> None:
        try:
            given = found.value(written)
            given.check_known()
        except ExpressionError as error:
            path = (*self.block.path[:2], "parameters", name)
            place = document.locate(path, written)(error.offset)
            if below := self._below(name, written, found):
                error = ExpressionError(error.offset, below)
            report(self.problems, place, path, error)
            self.is_wrong = True
        except Unreadable:
            self.is_wrong = True
        else:
            self.defaults[name] = given
            self.waits = self.waits or isinstance(given.value, Bound)
            found.add(name, given.value)

    def _below(self, name: str, written: Any, found: Parameters) -> str:
        """What is wrong where a default asks for a parameter that is not above it."""
        with suppress(ExpressionError):
            below = self.block.parameters.keys() - found.own.keys()
            for asked in below.intersection(mentioned(found.formula(written))):
                return f"{quoted(written)}: {asked} stands below; write it above {name}"
        return ""

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
    condition: Condition | None = None


def first_of(group: Group) -> WrittenLayer | BlockUse | None:
    """The first layer, or use of a block, of a group; None where it has none."""
    for item in group.items if group.repeat else ():
        found = first_of(item) if isinstance(item, Group) else item
        if found:
            return found
    return None


Items: TypeAlias = tuple[WrittenLayer | BlockUse | Group, ...]
