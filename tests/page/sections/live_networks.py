"""Networks with random numbers, which are to compute in a page what they compute here."""

from math import prod

import numpy as np

import cnncli
from cnncli.engine.parameters import parameter_shapes, state_shapes
from cnncli.training.session import complete_configuration
from cnncli.training.state import Progress
from cnncli.training.storage.checkpoint import NOISE, Checkpoint, DataUsed

SHIPPED = ("cifar", "digits", "lenet5", "notes", "resnet20", "small", "vgg")
"""Configurations within the limits."""

LARGE = 20
"""A score of trained networks that is large."""

EVERY_KIND = """
architecture:
  - input: 11x9x3
  - conv: {K: 6, F: 3x2, S: 2x1, P: {left: 2, right: 0, top: 1, bottom: 2}, groups: 3, fit: pad}
    name: first
  - bn: {eps: 0.01}
  - relu
  - conv: {K: 12, F: 3, dilation: 2x1, groups: depthwise, P: same}
    name: grouped
  - bn: {scale: false}
  - leakyrelu: {slope: 0.2}
  - local: {K: 5, F: 2x3, S: 1x2, P: 1, fit: crop}
  - silu
  - pad: {P: {left: 1, right: 2, top: 0, bottom: 3}, front: 2, back: 1}
  - lrn: {n: 4, k: 1.5, alpha: 0.3, beta: 0.6}
    name: trunk
  - pool: {F: 3x2, S: 1, P: 1, mode: max, fit: pad}
  - gelu
  - pool: {F: 2x3, S: 2, P: {left: 1, right: 0, top: 2, bottom: 1}, mode: average, fit: pad}
  - pool: {F: 3x2, S: 1, P: {left: 1, right: 1, top: 1}, mode: average, count_border: true}
  - layernorm: {over: volume, eps: 0.001}
  - convt: {K: 4, F: 3x2, S: 2x3, P: {left: 1, right: 0, top: 0, bottom: 1}}
    name: larger
  - tanh: {}
    name: left
  - convt: {K: 4, F: 3, S: 1, P: 1, bias: false}
  - convt: {K: 6, F: 2x3, S: 2x1, dilation: 1x2, groups: 2, extra: 1x0, P: {top: 2, bottom: 2}}
  - pool: {F: 2x1, S: 2x1, mode: average, fit: crop}
  - convt: {K: 4, F: 1, S: 1, groups: 2}
  - sigmoid
  - prelu: {start: -0.4}
  - mish
  - prelu: {slopes: one}
  - elu: {alpha: 0.7}
  - hardswish
  - softplus
  - hardsigmoid
  - scale: {by: 7}
  - relu6
  - add: {}
    from: [-1, left]
  - layernorm: {}
    name: normed
  - conv: {K: 3, F: 2x3, P: same, dilation: 1x2, bias: false}
    name: narrow
    from: left
  - concat: {}
    from: [normed, left, narrow]
  - upsample: {S: 2x1}
  - pad: {P: {left: 2, right: 1, top: 0, bottom: 3}, mode: reflect}
  - crop: {P: {left: 1, right: 2, top: 1, bottom: 2}}
  - pad: {P: {left: 2, right: 1, top: 0, bottom: 3}, mode: edge, back: 1}
  - crop: {P: {left: 1, right: 2, top: 2, bottom: 1}}
  - upsample: {S: 3x2, mode: bilinear}
  - pool: {F: 3x2, S: 3x2, mode: average}
  - scale: {by: -0.7, trained: true}
  - scale: {by: 1.1, trained: true, shift: false}
  - conv: {K: 12, F: 1}
  - groupnorm: {groups: 3}
    name: grouped2
  - pool: {F: global, mode: average}
  - sigmoid: {}
    name: gate
  - mul: {}
    from: [gate, grouped2]
  - instancenorm: {eps: 0.01}
  - shuffle: {groups: 4}
  - depthtospace: {S: 2x1, order: channels}
  - spacetodepth: {S: 2x1}
  - spacetodepth: {S: 1x2, order: channels}
  - depthtospace: {S: 1x2}
    name: blocks
  - split: {part: 2/3}
    name: second
  - split: {channels: 1..5}
    from: blocks
  - concat: {}
    from: [-1, second]
  - crop: {P: {left: 1, right: 0, top: 0, bottom: 1}}
  - droppath: 0.2
  - pool: {F: 2, S: 3, mode: L2, fit: crop}
  - scale: {by: 1.7}
  - adaptivepool: {places: 3x2, mode: max}
  - adaptivepool: 2
  - dropout: 0.3
  - pool: {F: 2, S: 2, fit: pad}
  - flatten
  - fc: 9
  - fc: {K: 5, bias: false}
  - softmax
"""

VIEWS = """
architecture: INPUT-CONV3-4-RELU-FC
data:
  name: digits
  views: [flip, {shift: 2}, {shift: {pixels: 1, border: zeros}}]
"""


def saved(network, path, seed):
    """The checkpoint of a network at random weights and running statistics."""
    spec, graph = network.checked.network()
    rng = np.random.default_rng(seed)
    shapes = {f"parameters/{name}": shape for name, shape in parameter_shapes(graph).items()}
    shapes |= {f"state/{name}": shape for name, shape in state_shapes(graph).items()}
    arrays = {name: _numbers(rng, name, shape) for name, shape in shapes.items()}
    classes = tuple(f"class {k}" for k in range(graph.classes))
    depth = graph.image.D
    mean, std = tuple(rng.uniform(60, 190, depth)), tuple(rng.uniform(30, 80, depth))
    if seed % 3 == 1:
        mean = std = None
    data = DataUsed(NOISE, "0" * 64, None, classes, mean, std)
    checkpoint = Checkpoint(complete_configuration(spec, graph), data, Progress(), arrays)
    checkpoint.save(path)
    image = rng.integers(0, 256, (1, graph.image.H, graph.image.W, depth), np.uint8)
    with cnncli.Run(path, threads=1) as run:
        largest = np.abs(run.scores(image)).max()
    if largest > LARGE:  # float32 has no 1e-4 left of much larger scores
        for name in graph.by_name[graph.scores].params:
            arrays[f"parameters/{graph.scores}.{name}"] *= LARGE / largest
        checkpoint.save(path)
    return cnncli.Run(path, threads=1, notify=lambda text: None)


def _numbers(rng, name, shape):
    numbers = rng.standard_normal(shape)
    match name.rpartition(".")[2]:
        case "W":
            numbers *= (1.5 / max(prod(shape) // shape[-1], 1)) ** 0.5
        case "gamma":
            numbers = 1 + 0.2 * numbers
        case "var":
            numbers = 0.3 + numbers**2
        case _:
            numbers *= 0.3
    return numbers.astype(np.float32)


def random_network(seed):
    """A chain with joins, of layers at odd hyperparameters that fit."""
    rng = np.random.default_rng(1_000 + seed)
    W, H, D = rng.integers(6, 13), rng.integers(6, 13), rng.choice([1, 3])
    layers = [{"input": f"{W}x{H}x{D}"}]
    while len(layers) < 9:
        for more in (_random_layers(rng, len(layers)), [{"relu": {}}]):
            network = _network([*layers, *more, {"fc": 4}])
            if all(problem.severity != "error" for problem in network.problems):
                layers += more
                break
    ending = [{"layernorm": {}}, {"fc": 7}, {"gelu": {}}, {"fc": 4}]
    return _network([*layers, *ending, *([{"softmax": {}}] if seed % 2 else [])])


def _network(layers):
    return cnncli.Network({"architecture": layers})


def _random_layers(rng, number):
    def odd(low, high):
        return f"{rng.integers(low, high)}x{rng.integers(low, high)}"

    def sides(high):
        names = ("left", "right", "top", "bottom")
        return {name: int(rng.integers(0, high)) for name in names}

    fit, K = str(rng.choice(["crop", "pad"])), int(rng.integers(1, 9))
    window = {"F": odd(1, 5), "S": odd(1, 3), "P": sides(3), "fit": fit}
    groups = {"groups": str(rng.choice(["depthwise"])), "K": 6} if K % 2 else {"K": K}
    name = f"n{number}"
    choices = [
        [{"conv": window | groups | {"dilation": odd(1, 3), "bias": bool(K % 3)}}],
        [{"local": window | {"K": K}}],
        [{"convt": {"K": K, "F": odd(2, 4), "S": odd(1, 3), "P": sides(2)}}],
        [{"pool": window | {"F": odd(3, 5), "mode": str(rng.choice(["max", "average", "L2"]))}}],
        [{"bn": {}}, {"silu": {}}],
        [{"layernorm": {"over": str(rng.choice(["depth", "volume"]))}}],
        [{"lrn": {"n": K, "alpha": 0.2}}],
        [{"pad": {"P": sides(3), "front": K % 3, "back": K % 2}}],
        [{"upsample": odd(1, 3)}],
        [{"tanh": {}, "name": name}, {"conv": {"K": K, "F": 3}},
         {"concat": {}, "from": [-1, name]}],
        [{"gelu": {}, "name": name}, {"bn": {"scale": False}}, {"add": {}, "from": [-1, name]}],
        [{"leakyrelu": {"slope": 0.1}}, {"scale": {"by": 1.3}}, {"sigmoid": {}}],
        [{"conv": {"K": 6, "F": 1}}, {"shuffle": {"groups": 3}},
         {"groupnorm": {"groups": 2, "eps": 0.1}}],
        [{"conv": {"K": 8, "F": 1}}, {"split": {"part": "2/4"}}, {"instancenorm": {"eps": 0.1}}],
        [{"relu": {}, "name": name}, {"pool": {"F": "global"}}, {"sigmoid": {}},
         {"mul": {}, "from": [name, -1]}],
        [{"prelu": {}}, {"scale": {"by": 1.3}}, {"mish": {}}],
        [{"hardswish": {}, "name": name}, {"elu": {}}, {"add": {}, "from": [-1, name]}],
    ]  # fmt: skip
    return choices[rng.integers(len(choices))]
