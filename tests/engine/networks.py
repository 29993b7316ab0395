"""A chain and branches, with images and losses for them."""

from typing import Any, NamedTuple

import numpy as np

from cnncli.engine.batch import Prepared
from cnncli.geometry import Volume
from cnncli.graph.network import Graph
from tests.graph.handmade import graph_of

SIZE, CLASSES = Volume(9, 7, 3), 4

CHAIN = (
    "INPUT-CONV3-6-BN-RELU-POOL(fit=pad)-CONV(K=5,F=2,S=1,P=1)-RELU-POOL(mode=average,fit=crop)"
    "-FC-8-RELU-DROPOUT(0.3)-FC"
)

# an output that is read four times, images that are read three times, joins of joins
BRANCHES = """
  - input
  - conv: {K: 6}
  - bn
  - tanh: {}
    name: trunk
  - conv: {K: 6}
  - silu
  - add: {}
    name: sum
    from: [-1, trunk]
  - gelu: {}
    name: smooth
  - conv: {K: 2, F: 1}
    name: images
    from: input
  - concat: {}
    name: joined
    from: [sum, smooth, images, trunk, input]
  - layernorm
  - pool: {mode: average, F: 3}
  - sigmoid: {}
    name: left
  - pool: {mode: L2, F: 3}
    from: joined
    name: right
  - add: {}
    from: [left, right]
  - upsample
  - pad
  - lrn: {alpha: 0.1}
  - pool: {F: global, mode: average}
  - flatten
  - fc
"""


def batch(n, dtype=np.float32):
    rng = np.random.default_rng(3)
    images = rng.standard_normal((n, SIZE.H, SIZE.W, SIZE.D)).astype(dtype)
    return Prepared(images, rng.integers(0, CLASSES, n))


def cross_entropy(scores, labels):
    """By its definition."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    at = (np.arange(len(labels)), labels)
    loss = float(-np.log(p[at]).sum())
    p[at] -= 1
    return loss, p


def squared_error(scores, labels):
    """Half the squared distance from the unit vector of the label."""
    rest = scores - np.eye(CLASSES, dtype=scores.dtype)[labels]
    return float(np.sum(rest * rest) / 2), rest


class Case(NamedTuple):
    """A network, its loss, and the step of its numeric derivatives."""

    graph: Graph
    loss: Any
    h: float


CASES = {
    "chain": Case(graph_of(CHAIN, SIZE, CLASSES), cross_entropy, 1e-6),
    "branches": Case(graph_of(BRANCHES, SIZE, CLASSES), squared_error, 1e-5),
}
