"""A model of one run over several machines: `python -m benchmarks.node_model` prints its tables.

A node's step takes what its cores take for their images. Then gradients are added: of n nodes each
sends and gets (n - 1)/n of their bytes twice, in buckets, each with 2 (n - 1) messages. Batch
normalization adds sums over the batch before a layer goes on, forward and backward: of each of the
n nodes all others get 4 numbers of float64 a channel. The share that is kept is the time of the
step alone over the time with all this. With overlap, gradients would be sent while the layers
before them compute backward, two thirds of the step: only what takes longer would be waited for,
and the last bucket. That is not built.
"""

from collections.abc import Iterator
from math import ceil, log2
from typing import NamedTuple

from cnncli.graph.network import FLOAT, Graph

from .networks import network
from .turns import digits, table

CORES = 32
"""Of a node."""
CORE_SECONDS = {"vggbn": 0.573 / 128, "resnet50": 3.43 / 8}
"""Of a training step, for an image, on one core of the machine that everything was measured on.

That all cores of a node are as fast at once is assumed: two kept 88 to 97 % of it.
"""
BUCKET = 4 << 20
"""Bytes of gradients that are added at a time."""
BACKWARD = 2 / 3
"""The share of a step in which gradients come one after the other."""


class Network(NamedTuple):
    """What joins the nodes. bandwidth: bytes a second each way. latency: seconds of a message."""

    bandwidth: float
    latency: float


LINKS = {
    "10 Gbit/s": Network(0.9 * 10e9 / 8, 30e-6),
    "100 Gbit/s": Network(0.9 * 100e9 / 8, 10e-6),
}
"""Nine tenths of the bits carry data; messages over TCP, and over a faster card's."""
NODES = (2, 8, 64)
WEAK = {"vggbn": (256, 1024), "resnet50": (32, 256)}
"""Images of a node, whatever the number of nodes is."""
FIXED = ("vggbn", 1024, (1, 2, 4, 8, 16, 32))
"""One batch for all nodes."""


class Costs(NamedTuple):
    """Seconds of a step: a node's own, then what it waits for."""

    step: float
    gradients: float
    statistics: float
    bucket: float

    @property
    def kept(self) -> float:
        """The share of the time in which the node computes."""
        return self.step / (self.step + self.gradients + self.statistics)

    @property
    def kept_with_overlap(self) -> float:
        """The same if gradients were sent while others are computed."""
        hidden = max(0.0, self.gradients - self.bucket - BACKWARD * self.step)
        return self.step / (self.step + hidden + self.bucket + self.statistics)


def costs(name: str, graph: Graph, images: float, nodes: int, link: Network) -> Costs:
    """Of a step with so many images on each of the nodes."""
    others = nodes - 1
    gradient = FLOAT * sum(node.parameters for node in graph.nodes)
    buckets = ceil(gradient / BUCKET)
    normalized = [node.out_shape.D for node in graph.nodes if node.layer.kind == "BATCHNORM"]
    sent = 2 * others / nodes * gradient / link.bandwidth
    messages = 2 * others * link.latency
    rounds = ceil(log2(nodes)) * link.latency
    statistics = 2 * rounds * len(normalized) + 4 * 8 * others * sum(normalized) / link.bandwidth
    return Costs(
        images * CORE_SECONDS[name] / CORES,
        sent + buckets * messages,
        statistics,
        sent / buckets + messages,
    )


def same_work() -> Iterator[str]:
    """Each node has as many images, whatever their number is."""
    heads = ["network", "images a node", "nodes", "batch", "step alone"]
    for link in LINKS:
        heads += [f"{link}: sums", "kept", "with overlap"]
    rows = []
    for name, sizes in WEAK.items():
        graph = network(name)
        for images in sizes:
            for nodes in NODES:
                row = [f"`{name}`", f"{images:,}", f"{nodes}", f"{images * nodes:,}"]
                found = [costs(name, graph, images, nodes, link) for link in LINKS.values()]
                row.append(_ms(found[0].step))
                for one in found:
                    row += [_ms(one.gradients + one.statistics), _percent(one.kept),
                            _percent(one.kept_with_overlap)]  # fmt: skip
                rows.append(row)
    return iter(table(heads, rows))


def same_batch() -> Iterator[str]:
    """One batch, cut into as many parts as there are nodes."""
    name, batch, every = FIXED
    graph = network(name)
    heads = ["nodes", "images a node", "step alone"]
    for link in LINKS:
        heads += [f"{link}: whole step", "times faster than one node"]
    alone = costs(name, graph, batch, 1, LINKS["10 Gbit/s"]).step
    rows = []
    for nodes in every:
        found = [costs(name, graph, batch / nodes, nodes, link) for link in LINKS.values()]
        row = [f"{nodes}", f"{batch // nodes}", _ms(found[0].step)]
        for one in found:
            row += [_ms(one.step / one.kept), digits(alone / one.step * one.kept)]
        rows.append(row)
    return iter(table(heads, rows))


def _ms(seconds: float) -> str:
    return f"{digits(1000 * seconds)} ms" if seconds else "0"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    for part in (same_work, same_batch):
        print(*part(), "", sep="\n")
