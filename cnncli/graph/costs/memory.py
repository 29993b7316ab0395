"""How much memory one training step takes, counted from shapes alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cnncli.bounds import MAX_PIECES
from cnncli.graph.backward import needs_dx
from cnncli.graph.fusion import execution_order, fuse
from cnncli.graph.network import FLOAT, Graph, Node
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.workspace import Shelf
from cnncli.optim.base import Optimizer


class StepMemory(NamedTuple):
    """Bytes of one training step, by what holds them."""

    parameters: int
    """The trained and the running arrays."""
    gradients: int
    """One vector for each thread, for several threads one of their mean, for parts another."""
    optimizer: int
    """The optimizer's vectors of the parameters' size."""
    activations: int
    """What the forward pass keeps for the backward pass, for every image of the batch."""
    workspace: int
    """Everything else that lives for a while: gradients of activations, windows, gaps."""

    @property
    def total(self) -> int:
        return sum(self)


def training_step(
    graph: Graph, batch_size: int, *, threads: int, optimizer: Optimizer, parts: int = 1
) -> StepMemory:
    """What a step on `batch_size` images takes with that many threads and that optimizer.

    parts: in which the batch is computed, one after another.
    """
    batch_size = -(-batch_size // parts)
    numbers = sum(node.parameters for node in graph.nodes)
    running = sum(node.running for node in graph.nodes)
    workers = min(threads, batch_size)
    shares = [batch_size * (k + 1) // workers - batch_size * k // workers for k in range(workers)]
    nodes = execution_order(graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1])
    buffers = {images: simulate_memory(nodes, images) for images in set(shares)}
    kept = batch_size * kept_bytes(nodes)
    return StepMemory(
        parameters=FLOAT * (numbers + running),
        gradients=FLOAT * numbers * (threads + (threads > 1) + (parts > 1)),
        optimizer=FLOAT * numbers * len(optimizer.slots),
        activations=kept,
        workspace=max(sum(buffers[images] for images in shares) - kept, 0),
    )


def simulate_memory(nodes: Sequence[Node], images: int) -> int:
    """Bytes of all buffers that one worker has after a step on its share of the images."""
    kept = _last_holders(nodes, _roots(nodes))
    simulation = _Simulation(nodes, images)
    simulation.forward(kept)
    simulation.backward(kept)
    assert not simulation.held, "every buffer is given back"
    return simulation.shelf.allocated


class _Simulation:
    """Volumes that share memory are one buffer, by the name of the first of them."""

    def __init__(self, nodes: Sequence[Node], images: int) -> None:
        self.nodes = nodes
        self.images = images
        self.shelf: Shelf[object] = Shelf(lambda size: object())
        self.root = _roots(nodes)
        self.masked = {
            after.name
            for fused in fuse(nodes, training=True)
            for after in fused.epilogue
            if fused.node.layer.fusion(training=True).masks
        }
        self.size = {node.name: FLOAT * images * node.out_shape.size for node in nodes}
        self.held: dict[str, tuple[int, object]] = {}

    def take(self, key: str, need: int) -> None:
        self.held[key] = self.shelf.take(need)

    def drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key in self.held:
                self.shelf.put(*self.held.pop(key))

    def own_buffers(self, node: Node) -> None:
        """A kernel's own buffers: no larger than what it works on."""
        through = node.out_shape.size + sum(volume.size for volume in node.in_shapes)
        own = min(node.memory.workspace_bytes, 2 * FLOAT * self.images * through)
        piece = max(PRODUCT_BYTES, own // MAX_PIECES)
        pieces = [min(piece, own - at) for at in range(0, own, piece)]
        transient = self.images * node.memory.transient_bytes
        needs = [*pieces, *([transient] if transient else [])]
        for number, need in enumerate(needs):
            self.take(f"short-lived {number}", need)
        self.drop([f"short-lived {number}" for number in range(len(needs))])

    def forward(self, kept: Mapping[str, int]) -> None:
        """Outputs live until their last reader, or until the last backward that needs them."""
        last_use = {self.root[name]: i for i, n in enumerate(self.nodes) for name in n.inputs}
        for index, node in enumerate(self.nodes):
            if self.root[node.name] == node.name:
                self.take(node.name, self.size[node.name])
            self.own_buffers(node)
            if node.memory.cache_bytes:
                self.take(f"cache {node.name}", self.images * node.memory.cache_bytes)
            read = {self.root[name] for name in node.inputs}
            self.drop(name for name in read if last_use[name] == index and name not in kept)

    def backward(self, kept: Mapping[str, int]) -> None:
        """Gradients live until their node is through; a volume, as long as something needs it."""
        needing = needs_dx(self.nodes)
        grads = {self.nodes[-1].name: "scores"}
        caches = {f"cache {node.name}" for node in self.nodes}
        self.drop(self.held.keys() - kept.keys() - caches)
        for index in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[index]
            dy = grads.pop(node.name, None)
            if dy is not None and node.name in needing:
                for name in dict.fromkeys(node.inputs):
                    self.pass_on(node, name, dy, grads)
            self.own_buffers(node)
            if dy not in grads.values():
                self.drop([str(dy)])
            self.drop([f"cache {node.name}"])
            self.drop([name for name in self.held if kept.get(name) == index])

    def pass_on(self, node: Node, name: str, dy: str, grads: dict[str, str]) -> None:
        """The gradient of one input: dy itself where it takes no new memory."""
        key, other = dy, grads.get(name)
        if "dx" not in node.memory.in_place and node.name not in self.masked:
            key = f"d {node.name} {name}"
            self.take(key, self.size[name])
        if other is None:
            grads[name] = key
            return
        grads[name] = key
        if key == dy:  # the sum is a third array, for this one may stand for several nodes
            grads[name] = f"{name} summed at {node.name}"
            self.take(grads[name], self.size[name])
        self.drop(one for one in {key, other} - {dy} if one not in grads.values())


def _roots(nodes: Sequence[Node]) -> dict[str, str]:
    """For each volume, the one whose memory it is in."""
    root: dict[str, str] = {}
    in_epilogues = {after.name for fused in fuse(nodes, training=True) for after in fused.epilogue}
    for node in nodes:
        shared = node.name in in_epilogues or ("y" in node.memory.in_place and node.inputs)
        root[node.name] = root[node.inputs[0]] if shared else node.name
    return root


def _last_holders(nodes: Sequence[Node], root: Mapping[str, str]) -> dict[str, int]:
    """For each volume that some backward needs, the first node of those: the last to run."""
    holders: dict[str, int] = {}
    for index, node in enumerate(nodes):
        keeps = node.memory.keeps
        needed = [*(node.inputs if "x" in keeps else ()), *([node.name] if "y" in keeps else ())]
        for name in needed:
            holders.setdefault(root[name], index)
    return holders


def kept_bytes(nodes: Sequence[Node]) -> int:
    """What the layers keep of one image for their backward pass."""
    size = {node.name: FLOAT * node.out_shape.size for node in nodes}
    volumes = _last_holders(nodes, _roots(nodes))
    return sum(size[name] for name in volumes) + sum(node.memory.cache_bytes for node in nodes)
