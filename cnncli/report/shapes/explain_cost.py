"""What a layer holds and computes: its weights with and without sharing, and as matrices."""

from collections.abc import Iterator
from math import prod

from cnncli.geometry import Extent
from cnncli.graph.network import FLOAT, Node
from cnncli.layers.windows import Windowed, window_geometry
from cnncli.text import bytes_text, count

from .layer_numbers import Measured

Paragraphs = Iterator[tuple[str, list[str]]]
"""Labels, and the lines that stand beside each."""


def costs(measured: Measured) -> Paragraphs:
    """The paragraphs about what the layer costs."""
    if measured.neurons:
        yield from _explain_weighted(measured)
    else:
        yield from _explain_unweighted(measured.node)
    yield "memory", _memory(measured)


def _explain_weighted(measured: Measured) -> Paragraphs:
    node, cost, neurons = measured.node, measured.node.cost, measured.neurons
    biases = node.parameters - node.weights
    exactly = "" if _even(measured) else "at most "
    bias = " and 1 bias" if biases else ""
    F, each = _extent(node), cost.connections
    seen = f"{F.W}*{F.H}*{each // (F.W * F.H)} = {each:,}"
    yield "each neuron", [f"{exactly}{seen} weights{bias}"]
    if node.parameters < cost.unshared:
        own = f"({each:,} + 1) = {neurons:,} * {each + 1:,}" if biases else f"{each:,}"
        yield "without sharing", [f"{neurons:,} * {own} = {cost.unshared:,} parameters"]
        yield "with sharing", [_parameters(node)]
    else:
        shared = "nothing is shared: every neuron has weights of its own"
        yield "parameters", [_parameters(node), shared]
    yield "multiply-adds", _macs(measured)
    if measured.im2row:
        yield "im2col", _matrices(node, measured.im2row)


def _even(measured: Measured) -> bool:
    """Whether all neurons weigh equally many inputs, as they do not in larger maps."""
    cost = measured.node.cost
    return measured.neurons * cost.connections == cost.macs


def _parameters(node: Node) -> str:
    """Sets of weights, each as large as a neuron needs, and biases."""
    weights, connections = node.weights, node.cost.connections
    sets, rest = divmod(weights, connections)
    text = f"{'' if rest else f'{sets:,} * {connections:,} = '}{weights:,} weights"
    if biases := node.parameters - weights:
        text += f" + {count(biases, 'bias', 'biases')} = {node.parameters:,} parameters"
    return text


def _extent(node: Node) -> Extent:
    """How many pixels of a depth slice a neuron weighs, across and down."""
    (reads,) = node.layer.reads(node.in_shapes)
    return Extent(reads.across.most, reads.down.most)


def _macs(measured: Measured) -> list[str]:
    cost = measured.node.cost
    product = f"{measured.neurons:,} * {cost.connections:,} = " if _even(measured) else ""
    times = measured.training_macs // cost.macs
    why = "forward, dW and dx" if times == 3 else "forward and dW; nothing before it is trained"
    return [
        f"{product}{cost.macs:,} for one image",
        f"in training {times} times that, {measured.training_macs:,}: {why}",
    ]


def _matrices(node: Node, size: tuple[int, int]) -> list[str]:
    """The convolution as a product of matrices, as the notes write it: one column a window."""
    rows, places = size
    F, out = _extent(node), node.out_shape
    groups = F.W * F.H * node.in_shapes[0].D // rows
    filters = out.D // groups
    each = f"{groups} products, one a group: " if groups > 1 else ""
    own = ", another one for each column" if node.weights > out.D * rows else ""
    return [
        f"{each}X_col [{rows} x {places}]: the inputs of {out.W}*{out.H} = "
        f"{count(places, 'place')}, a column each",
        f"W_row [{filters} x {rows}]{own}",
        f"product [{filters} x {places}], reshaped to [{out}]",
    ]


def _explain_unweighted(node: Node) -> Paragraphs:
    layer = node.layer
    if isinstance(layer, Windowed):
        geometry = window_geometry(layer, node.in_shapes[0])
        F = geometry.F
        yield "each number", [f"from {F.W}*{F.H} = {F.W * F.H:,} numbers of one depth slice"]
        if text := layer.at_border(geometry):
            yield "at the border", [text]
    if node.params:
        parts = [f"{name} {prod(param.shape):,}" for name, param in node.params.items()]
        yield "parameters", [f"{' + '.join(parts)} = {node.parameters:,}"]
    else:
        yield "parameters", ["none"]
    if node.state:
        parts = [f"{name} {prod(state.shape):,}" for name, state in node.state.items()]
        yield "running", [f"{' + '.join(parts)} = {node.running:,}, kept up to date, not trained"]


def _memory(measured: Measured) -> list[str]:
    node = measured.node
    names = {"x": "its input", "y": "its output"}
    keeps = node.memory.keeps
    kept = [what for volume, what in names.items() if volume in keeps]
    if node.memory.cache_bytes:
        kept.append(bytes_text(node.memory.cache_bytes))
    lines = [f"{measured.memory:,} * {FLOAT} bytes = {bytes_text(measured.activations)} an image"]
    return [*lines, f"kept for the backward pass: {', '.join(kept)}"] if kept else lines
