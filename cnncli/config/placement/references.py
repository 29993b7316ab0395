"""Names of layers, and what `from:` means by them, inside blocks and repeated groups too."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial

from cnncli.bounds import MAX_NAME
from cnncli.config.expression.arithmetic import SizeUnknown
from cnncli.config.expression.asked import Asked
from cnncli.config.expression.expression import Expression
from cnncli.config.expression.given import Bound, Given
from cnncli.config.expression.symbols import ExpressionError, quoted
from cnncli.config.network.block_use import BlockUse, Group, first_of
from cnncli.config.network.condition import Condition
from cnncli.config.network.origins import Frame, Origins
from cnncli.config.network.written import INPUT, Reference, Written, WrittenLayer
from cnncli.config.rows import Link, Row
from cnncli.config.specification import Decision, Site
from cnncli.text import show

from .known_sizes import Volumes


@dataclass
class Network:
    """The layers so far, who has which name, and references that nothing above answers."""

    volumes: Volumes
    """Of the layers so far."""
    taken: dict[str, Written] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    """The layer that gives a block's output, by the name of its use."""
    open: "list[Open]" = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    """What references mean, in the order in which they are placed."""
    scopes: int = 1
    """How many rows of layers there are: the network's, and one for each use of a block."""

    @property
    def layers(self) -> list[WrittenLayer]:
        return self.volumes.layers

    def layer(self, name: str) -> str:
        """The layer that a name stands for: itself, or the last one of a block."""
        return self.blocks.get(name, name)


@dataclass(frozen=True)
class Open:
    """A reference that is not answered yet: who asks for it, and what its name would be."""

    asking: Written
    name: str
    reference: Reference
    candidates: tuple[str, ...]


@dataclass
class Scope:
    """What names mean in one block, or in one copy of a repeated group in it."""

    network: Network
    frame: Frame
    """What the names of variables and parameters stand for."""
    source: str | None = None
    """The layer that goes into the block; None in the network itself, or if it is not known."""
    prefix: str = ""
    """In front of the names of the block's layers: `block1.`."""
    suffix: str = ""
    """After the names in a copy of a repeated group: its number."""
    outputs: list[str] = field(default_factory=list)
    """The outputs of the block's layers so far; an inner block counts as one layer."""
    counts: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    """Full names by what they are called here."""
    around: "Scope | None" = None
    asked: dict[str, Asked] = field(default_factory=dict)
    """What those names stand for whose values depend on sizes."""
    number: int = 0
    """Of the row."""

    def copy(self, number: int) -> "Scope":
        """The scope of one copy of a repeated group: names are its own, the row goes on."""
        suffix = f"{self.suffix}-{number}" if self.suffix else str(number)
        return replace(self, suffix=suffix, names={}, around=self)

    def add_layer(self, layer: WrittenLayer) -> None:
        """The next layer, with its name and what it reads."""
        name = self._name(layer, layer.kind.lower())
        inputs = self._inputs(layer, name)
        if layer.condition and not self._is_on(layer.condition, inputs):
            self._hand_on(name, inputs)
            return
        number = self.counts[layer.kind.lower()]
        row = Row(self.number, len(self.outputs), number, layer.name is not None)
        asks = self._asks(layer, inputs)
        placed = layer.place_as(name, inputs, self.frame.origin, asks, row)
        self.network.layers.append(placed)
        self.outputs.append(name)

    def open_block(self, use: BlockUse) -> "Scope | None":
        """The scope inside a block that is used here; None where it is left out."""
        name = self._name(use, use.block.name.lower())
        inputs = self._inputs(use, name)
        if use.condition and not self._is_on(use.condition, inputs):
            self._hand_on(name, inputs)
            return None
        source = inputs[0] if inputs else None
        inner = Scope(self.network, self.frame.inside(use), source, prefix=f"{name}.")
        inner.number = self.network.scopes
        self.network.scopes += 1
        if not self.asked and not use.waits:
            return inner
        inner.asked, own = dict(self.asked), self._asks(use, inputs)
        for parameter in use.block.parameters:
            default = use.defaults.get(parameter)
            if parameter in own:
                inner.asked[parameter] = own[parameter]
            elif default and isinstance(default.value, Bound):
                inner.asked[parameter] = inner.ask(default, source)
            else:
                inner.asked.pop(parameter, None)
        return inner

    def close_block(self, use: BlockUse, inner: "Scope") -> None:
        """The block's last output is the output of its use, by whatever name."""
        output = inner.outputs[-1] if inner.outputs else inner.source
        if output is not None:
            self.network.blocks[inner.prefix[:-1]] = output
            self.outputs.append(output)

    def leave_out(self, group: Group) -> bool:
        """Whether a group's condition says so; its layers then stand for what the first reads."""
        first = first_of(group)
        if group.condition is None or first is None:
            return False
        kind = _kind(first)
        own = f"{first.name}{self.suffix}" if first.name else f"{kind}{self.counts[kind] + 1}"
        inputs = self._inputs(first, self.prefix + own)
        if self._is_on(group.condition, inputs):
            return False
        self._hand_on_all(group, inputs)
        return True

    def _hand_on_all(self, group: Group, inputs: tuple[str, ...] | None) -> None:
        for number in range(1, group.repeat + 1):
            scope = self.copy(number) if group.numbered else self
            for item in group.items:
                if isinstance(item, Group):
                    scope._hand_on_all(item, inputs)
                else:
                    scope._hand_on(scope._name(item, _kind(item)), inputs)

    def _hand_on(self, name: str, inputs: tuple[str, ...] | None) -> None:
        """What is left out stands for what it would read, by its name and in the row."""
        if inputs:
            self.network.blocks[name] = inputs[0]
            self.outputs.append(inputs[0])

    def ask(self, given: Given, source: str | None) -> Asked:
        """A value that depends on sizes, in its place; source: the layer that `input` means."""
        if isinstance(given.formula, str) and given.formula in self.asked:
            return self.asked[given.formula]
        assert isinstance(given.formula, Expression)
        names = {
            name: self.asked.get(name, given.names[name]) for name in sorted(given.formula.names)
        }
        return Asked(given.formula, names, source)

    def _asks(self, item: Written, inputs: tuple[str, ...] | None) -> dict[str, Asked]:
        if not item.waits:
            return {}
        waiting = [key for key, given in item.given.items() if isinstance(given.value, Bound)]
        return {key: self.ask(item.given[key], self._input(inputs)) for key in waiting}

    def _input(self, inputs: tuple[str, ...] | None) -> str | None:
        """The layer whose size is that of `input`: what goes into the block, or is read here."""
        return self.source if self.prefix else (inputs or (None,))[0]

    def _is_on(self, condition: Condition, inputs: tuple[str, ...] | None) -> bool:
        """Whether what the condition stands beside is there; so where that cannot be known."""
        given, network = condition.given, self.network
        if not inputs and given.value is not True:
            if inputs == ():
                message = "the first layer cannot be left out: there is nothing that it would read"
                condition.report(message)
            return True
        if not isinstance(given.formula, Expression):
            return bool(given.value)
        asked = self.ask(given, self._input(inputs))
        is_on = given.value
        if isinstance(is_on, Bound):
            try:
                is_on = asked.is_on(network.volumes.outputs())
            except SizeUnknown:
                return True  # what it reads is wrong, and reported
            except ExpressionError as error:
                condition.report(f"{quoted(given.formula.text)}: {error.message}")
                return True
        search = partial(self.frame.origin, given.formula, given.names)
        network.decisions.append(
            Decision(asked, bool(is_on), len(network.layers), Origins({"if": search}))
        )
        return bool(is_on)

    def _name(self, item: Written, kind: str) -> str:
        """The full name: as given, or the kind with its number among those in the block."""
        self.counts[kind] += 1
        own = f"{item.name}{self.suffix}" if item.name else f"{kind}{self.counts[kind]}"
        name = self.prefix + own
        if len(name) > MAX_NAME:
            message = f"the name {show(name)} has more than {MAX_NAME} characters; make it shorter"
            path = item.path if item.in_pattern else (*item.path[:-1], "name")
            item.problems.end(item.name_place or item.place, path, message)
        if other := self.network.taken.get(name):
            named = item if item.name else other
            if named.name_place:
                message = f"the name '{named.name}' is that of another layer; a name is used once"
                named.report_beside("name", named.name_place, message)
        self.network.taken[name] = item
        self.names[item.name or own] = name
        return name

    def _inputs(self, item: Written, name: str) -> tuple[str, ...] | None:
        """The layers that an item reads; none for the first, None where that is not known."""
        if item.sources:
            found = [self._find(item, name, reference) for reference in item.sources]
            self._note(item, found)
            inputs = tuple(source for source in found if source)
            return inputs if len(inputs) == len(found) else None
        if self.outputs:
            return (self.outputs[-1],)
        if self.source:
            return (self.source,)
        return None if self.prefix else ()

    def _note(self, item: Written, found: list[str | None]) -> None:
        site = Site(item.path, item.offset, self.frame.document.file(item.path))
        targets = tuple(reference.target for reference in item.sources)
        at = len(self.outputs)
        link = Link(site, item.place, targets, tuple(found), self.number, at)
        self.network.links.append(link)

    def _find(self, item: Written, name: str, reference: Reference) -> str | None:
        if isinstance(reference.target, int):
            return self._back(item, name, -reference.target, reference)
        if reference.target == INPUT:
            first = self.network.layers[0].full_name if self.network.layers else None
            return self.source if self.prefix else first
        scope: Scope | None = self
        while scope:
            found = scope.names.get(reference.target)
            if found and found != name:
                return self.network.layer(found)
            scope = scope.around
        full = self.prefix + reference.target
        if full in self.network.taken and full != name:
            return self.network.layer(full)
        candidates = (f"{full}{self.suffix}", full)
        self.network.open.append(Open(item, name, reference, candidates))
        return None

    def _back(self, item: Written, name: str, steps: int, reference: Reference) -> str | None:
        """The layer `steps` back in this block; the one before its first is the block's input."""
        if steps <= len(self.outputs):
            return self.outputs[-steps]
        if steps == len(self.outputs) + 1 and self.source:
            return self.source
        where = "in this block" if self.prefix else "in the network"
        message = f"from: -{steps} reaches beyond the beginning"
        message += f": {len(self.outputs)} layers stand above {where}"
        item.report_beside("from", reference.place, message, layer=name)
        return None


def _kind(item: WrittenLayer | BlockUse) -> str:
    """What it is called without a name of its own."""
    return item.kind.lower() if isinstance(item, WrittenLayer) else item.block.name.lower()
