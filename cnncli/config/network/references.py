"""Names of layers, and what `from:` means by them, inside blocks and repeated groups too."""

from collections import Counter
from dataclasses import dataclass, field, replace

from cnncli.bounds import MAX_NAME
from cnncli.config.translation.several_parts import part_of
from cnncli.layers.cut import Split
from cnncli.text import closest, short, show

from .block_use import BlockUse
from .origins import Frame
from .written import INPUT, Reference, Written, WrittenLayer

_SUGGESTIONS = 10
"""For how many unknown names a similar one is looked for, and for how many others a cycle."""


@dataclass
class Network:
    """The layers so far, who has which name, and references that nothing above answers."""

    layers: list[WrittenLayer] = field(default_factory=list)
    taken: dict[str, Written] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    """The layer that gives a block's output, by the name of its use."""
    open: "list[_Open]" = field(default_factory=list)

    def layer(self, name: str) -> str:
        """The layer that a name stands for: itself, or the last one of a block."""
        return self.blocks.get(name, name)


@dataclass(frozen=True)
class _Open:
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

    def copy(self, number: int) -> "Scope":
        """The scope of one copy of a repeated group: names are its own, the row goes on."""
        suffix = f"{self.suffix}-{number}" if self.suffix else str(number)
        return replace(self, suffix=suffix, names={}, around=self)

    def add_layer(self, layer: WrittenLayer) -> None:
        """The next layer, with its name and what it reads."""
        name = self._name(layer, layer.kind.lower())
        placed = layer.place_as(name, self._inputs(layer, name), self.frame.origin)
        self.network.layers.append(placed)
        self.outputs.append(name)

    def open_block(self, use: BlockUse) -> "Scope":
        """The scope inside a block that is used here."""
        name = self._name(use, use.block.name.lower())
        inputs = self._inputs(use, name)
        source = inputs[0] if inputs else None
        return Scope(self.network, self.frame.inside(use), source, prefix=f"{name}.")

    def close_block(self, use: BlockUse, inner: "Scope") -> None:
        """The block's last output is the output of its use, by whatever name."""
        output = inner.outputs[-1] if inner.outputs else inner.source
        if output is not None:
            self.network.blocks[inner.prefix[:-1]] = output
            self.outputs.append(output)

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
            inputs = tuple(source for source in found if source)
            return inputs if len(inputs) == len(found) else None
        if self.outputs:
            return (self.outputs[-1],)
        if self.source:
            return (self.source,)
        return None if self.prefix else ()

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
        self.network.open.append(_Open(item, name, reference, candidates))
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


def report_open(network: Network) -> None:
    """Reports the references that nothing above answers: cycles, layers below, unknown names."""
    reads = {layer.full_name: set(layer.inputs or ()) for layer in network.layers}
    below = [
        (each, next((name for name in each.candidates if name in network.taken), None))
        for each in network.open
    ]
    for each, target in below:
        if target:
            reads.setdefault(each.name, set()).add(target)
    for number, (each, target) in enumerate(below):
        asked = str(each.reference.target)
        way = _way(target, each.name, reads) if target and number < _SUGGESTIONS else []
        if way:
            circle = " -> ".join((each.name, *way))
            message = f"a cycle: {circle}; a layer reads only layers above it"
        elif target:
            message = (
                f"'{short(asked)}' stands below; a layer reads only layers above it. Move it up"
            )
        else:
            prefix = each.name[: each.name.rfind(".") + 1]
            names = network.taken if number < _SUGGESTIONS else ()
            known = [n.removeprefix(prefix) for n in names if n.startswith(prefix)]
            hint = _part_hint(asked, prefix, network)
            if not hint:
                found = closest(asked, [name for name in known if prefix + name != each.name])
                hint = f"; did you mean {found}?" if found else ""
            where = "in this block" if prefix else "here"
            message = f"there is no layer named '{short(asked)}' {where}{hint}"
        each.asking.report_beside("from", each.reference.place, message, layer=each.name)


def _part_hint(asked: str, prefix: str, network: Network) -> str:
    """What to write for one of several outputs of a layer, `s.1`: here each has one."""
    part = part_of(asked)
    if not part or not (layer := network.taken.get(prefix + part[0])):
        return ""
    if isinstance(layer, WrittenLayer) and layer.word.family is Split:
        return f"; a SPLIT gives one part: name the SPLIT of this one {part[1]}"
    return f"; a layer has one output, '{part[0]}', of which SPLIT takes a part"


def _way(start: str, end: str, reads: dict[str, set[str]]) -> list[str]:
    """The layers from `start` to `end`, each reading the next one; empty if there is no way."""
    before: dict[str, str] = {start: ""}
    for name in (queue := [start]):
        for source in sorted(reads.get(name, ())):
            if source not in before:
                before[source] = name
                queue.append(source)
    way: list[str] = []
    while end and end in before:
        way.append(end)
        end = before[end]
    return way[::-1]
