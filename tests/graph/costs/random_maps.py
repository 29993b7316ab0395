"""Random networks of layers that read, move, join and resize maps, and what their neurons see."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.config.load import load_text
from cnncli.engine.lone_layer import LoneLayer
from cnncli.geometry import Volume
from cnncli.graph.network import Graph, Node
from cnncli.graph.shape_inference import Blueprint, infer_shapes
from cnncli.kernels.conv.profiles import SMALL_KERNELS
from cnncli.layers.base import Context
from tests.graph.handmade import graph_of

_LAYERS = 6
_MOST = 24
"""Pixels of a map across or down, and its channels."""


def random_network(seed: int) -> Graph:
    """One whose layers are drawn; what does not fit the layers before it is drawn again."""
    random = Random(seed)
    W, H, D = random.randint(5, 12), random.randint(5, 12), random.choice([2, 4])
    volume, lines = Volume(W, H, D), [f"INPUT({W}x{H}x{D}, name=at0)"]
    for number in range(_LAYERS):
        this, to = f"at{number}", f"at{number + 1}"
        out = None
        while out is None or max(out) > _MOST:
            drawn = _step(random, this, to, volume)
            out = _output([f"INPUT({volume}, name={this})", *drawn])
        volume, lines = out, [*lines, *drawn]
    return graph_of(_list(lines))


def _output(lines: list[str]) -> Volume | None:
    """The last layer's output; None where a layer does not fit."""
    spec = load_text(f"architecture: {_list(lines)}", Path("random.yaml"))
    found = infer_shapes(Blueprint(spec.layers, [Context()] * len(spec.layers)))
    return None if spec.problems or found.errors else found.volumes[-1]


def _list(lines: list[str]) -> str:
    return "".join(f"\n  - '{line}'" for line in lines)


def _step(random: Random, this: str, to: str, volume: Volume) -> list[str]:
    """A layer that reads `this` and is called `to`, with those between."""
    draw = random.choice
    if draw(range(5)) == 0:  # a gate, of the whole map or of a part
        part = draw(["", f"CROP(size={draw([2, 3, 4])}) -> "])
        gate = f"{part}POOL(F=global, mode=average) -> CONV1-{volume.D}(name={to}.gate)"
        first, *rest = gate.split("(", 1)
        return [f"{first}(from={this}, {rest[0]}", f"MUL(from=[{this}, {to}.gate], name={to})"]
    if draw(range(3)) == 0:  # two branches
        sides = []
        for side in ("a", "b"):
            first, rest = _branch(random, volume).split("(", 1)
            sides.append(f"{first}(from={this}, {rest} -> SCALE(by=1, name={to}.{side})")
        return [*sides, f"{draw(['ADD', 'CONCAT', 'MUL'])}(from=[{to}.a, {to}.b], name={to})"]
    kind, rest = _layer(random, volume).split("(", 1)
    return [f"{kind}(from={this}, name={to}, {rest}"]


def _branch(random: Random, volume: Volume) -> str:
    """Layers that often keep the volume."""
    draw, K = random.choice, volume.D
    mode, S = draw(["nearest", "bilinear"]), draw([2, 3])
    return draw([
        "SCALE(by=2)",
        f"CONV(K={K}, F=3, P=1)",
        f"CONV(K={K}, F={draw([2, 3])}, P=same, dilation={draw([2, 3])}x1)",
        f"PAD(P=1, mode={draw(['reflect', 'edge'])}) -> CONV(K={K}, F=3, P=0)",
        f"POOL(F={S}, S={S}, mode=average, fit=strict) -> UPSAMPLE(S={S}, mode={mode})",
        f"UPSAMPLE(S={S}, mode={mode}) -> CONV(K={K}, F=3, S={S}, P=same)",
        f"CONVT(K={K}, F={draw([1, 2, 4, 5])}, S=2, P=same) -> POOL(F=2, S=2, mode=average)",
        f"CROP(size=4) -> UPSAMPLE(S={S})",
        f"POOL(F=2, S=2, mode=average, fit=pad) -> ADAPTIVEPOOL(places={volume.W // 2 or 1})",
        f"ADAPTIVEPOOL(places={volume.W // 2 or 1})",
        _layer(random, volume),
    ])  # fmt: skip


def _layer(random: Random, volume: Volume) -> str:
    """A layer with its hyperparameters, which may not fit."""
    draw = random.choice

    def size(*values: int) -> str:
        return f"{draw(values)}x{draw(values)}"

    def sides() -> str:
        names = ("left", "right", "top", "bottom")
        return f"{{{', '.join(f'{name}: {draw([0, 1, 2])}' for name in names)}}}"

    groups, K = draw([1, 1, 2, "depthwise"]), draw([2, 4])
    window = f"F={size(1, 2, 3, 4)}, S={size(1, 1, 2, 3)}"
    spread, fit = f"dilation={size(1, 1, 2, 3)}", draw(["crop", "pad"])
    extra = f"extra={size(0, 0, 1)}"
    mode = draw(["zero", "reflect", "edge"])
    return draw([
        f"CONV(K={K}, F=3x3, P=1)",
        f"CONV(K={K}, {window}, P={draw([sides(), 'same'])}, {spread}, groups={groups}, fit={fit})",
        f"CONV(K={K}, F=3x3, S={size(1, 2)}, P={sides()}, {spread}, groups={groups}, fit={fit})",
        f"LOCAL(K={K}, {window}, P={sides()}, fit={fit})",
        f"POOL({window}, P={draw([sides(), 'same'])}, fit={fit}, mode=average)",
        f"UPSAMPLE(S={size(1, 2, 3)})",
        f"UPSAMPLE(S={size(1, 2, 3, 4)}, mode=bilinear)",
        f"CONVT(K={K}, {window}, P={draw([sides(), 'same'])}, {spread}, {extra}, groups={groups})",
        f"CONVT(K={K}, F={size(2, 4)}, S=2x2, P={sides()}, groups={groups})",
        f"PAD(P={sides()}, mode={mode}, front={draw([0, 0, 2])})",
        f"CROP(P={sides()})",
        f"CROP(size={size(3, 4, 5)}, offset={size(0, 1)})",
        "DEPTHTOSPACE(S=2x1)",
        "DEPTHTOSPACE(S=2x2, order=channels)",
        "SPACETODEPTH(S=2x1)",
        f"ADAPTIVEPOOL(places={size(1, 2, 3, 4, 5)}, mode=average)",
        "SHUFFLE(groups=2)",
        f"SPLIT(part={draw([1, 2])}/2)",
        "GROUPNORM(groups=2)",
    ])  # fmt: skip


def seen_by_all(graph: Graph) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Of each layer's numbers (H, W, D), which columns of the image (.., W0), and which rows, each
    depends on.

    Images of which one column, or one row, is 1 and all else 0 pass through linear stand-ins with
    positive weights and without biases: what is not 0 depends on it.
    """
    W, H, D = graph.image
    images = np.zeros((W + H, H, W, D))
    images[np.arange(W), :, np.arange(W)] = 1
    images[W + np.arange(H), np.arange(H)] = 1
    outputs = {graph.nodes[0].name: images}
    for node in graph.nodes[1:]:
        outputs[node.name] = _stand_in(node, [outputs[name] for name in node.inputs])
    found = {name: np.moveaxis(y > 0, 0, -1) for name, y in outputs.items()}
    return {name: (seen[..., :W], seen[..., W:]) for name, seen in found.items()}


def _stand_in(node: Node, xs: list[NDArray[Any]]) -> NDArray[Any]:
    layer, shapes = node.layer, node.in_shapes
    if layer.kind == "MUL":
        return sum(xs) + np.zeros_like(max(xs, key=np.size))
    if layer.kind == "GROUPNORM":
        N, H, W, D = xs[0].shape
        sums = xs[0].reshape(N, H, W, 2, D // 2).sum((1, 2, 4))
        return np.repeat(sums, D // 2, axis=1)[:, None, None] + np.zeros_like(xs[0])
    rng = np.random.default_rng(0)
    start = {name: float(name == "W") for name in node.params}
    params = {
        name: start[name] * rng.uniform(0.5, 1, each.shape) for name, each in node.params.items()
    }
    algorithm = (
        "direct" if "direct" in layer.algorithms(shapes, len(xs[0]), SMALL_KERNELS) else None
    )
    return LoneLayer(layer, shapes, algorithm).forward(params, {}, *xs, training=False)[0]
