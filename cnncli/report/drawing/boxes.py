"""A network as it is drawn: boxes, the blocks that they stand in, and lines between them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cnncli.config.specification import Specification
from cnncli.graph.network import Graph
from cnncli.report.hyperparameters import as_text
from cnncli.report.table import UNKNOWN


class Box(NamedTuple):
    """One layer; `output` is its volume, or `?`."""

    name: str
    kind: str
    hyperparameters: str
    output: str
    inputs: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"{self.kind} {self.hyperparameters}".rstrip()


@dataclass
class Block:
    """The boxes and blocks that stand in one block, in the order of the file."""

    name: str
    parts: "list[Box | Block]" = field(default_factory=list)

    def inner(self, name: str) -> "Block":
        """The block of that name in it, made where it is not there yet."""
        for part in reversed(self.parts):
            if isinstance(part, Block) and part.name == name:
                return part
        block = Block(name)
        self.parts.append(block)
        return block


def boxes(spec: Specification, graph: Graph) -> list[Box]:
    """A box for each layer of the file, those whose shapes are not known too."""
    found = []
    for written in spec.layers:
        node = graph.by_name.get(written.name)
        layer = node.layer if node else written.layer
        hyperparameters = as_text(layer) if layer else UNKNOWN
        output = str(node.out_shape) if node else UNKNOWN
        inputs = written.inputs or ()
        found.append(Box(written.name, written.kind, hyperparameters, output, inputs))
    return found


def in_blocks(boxes: Sequence[Box]) -> Block:
    """The boxes in their blocks, which the dots in their names tell: `stage1.unit2.conv1`."""
    network = Block("")
    for box in boxes:
        block = network
        *blocks, _ = box.name.split(".")
        for depth in range(len(blocks)):
            block = block.inner(".".join(blocks[: depth + 1]))
        block.parts.append(box)
    return network
