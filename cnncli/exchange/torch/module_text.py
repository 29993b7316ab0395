"""A network as the text of a Python file, and the arrays for its modules."""

import ast
import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from cnncli.exchange.taken import Taken
from cnncli.lazy import Array, np
from cnncli.version import __version__

from .identifiers import identifiers
from .statement import EXPRESSIONS, MODULE, Statement, Variable

_IMAGES, _CHAIN = "images", "x"
_NAMES = {_IMAGES, _CHAIN, "self", "torch", "Tensor", "nn", "F", "Path", "scale", "shift", "load"}
_NAMES |= {"load_file", "weights", "network", "Network", "CLASSES"}
_TEXT = '''\
"""A network that cnn {version} has written for PyTorch, with its weights beside it."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
{before}

class Network(nn.Module):
    """Class scores of images (N, {D}, {H}, {W}), whose numbers are those of the training set."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.empty({D}, 1, 1))
        self.register_buffer("shift", torch.empty({D}, 1, 1))
        {modules}

    def forward(self, images: Tensor) -> Tensor:
        {lines}


def load(weights=Path(__file__).with_name({weights})):
    """The network with its weights, for evaluation."""
    network = Network()
    network.load_state_dict(load_file(weights))
    return network.eval()
'''


class Written(NamedTuple):
    """The text of the file, and its arrays by the names of the module's `state_dict`."""

    text: str
    arrays: Mapping[str, Array]


class _Line(NamedTuple):
    """A layer's statement, and the variable that it sets."""

    layer: str
    variable: Variable
    statement: Statement


def write(taken: Taken, weights: str) -> Written:
    """A module of the network, which loads its weights from the file of that name beside it.

    Names of others stand in it as identifiers, and in quotes. Raises UsageError for a layer that
    PyTorch is not known to have.
    """
    (W, H, D), names = taken.graph.image, _names(taken)
    lines = _lines(taken, names)
    helpers = {name for line in lines[1:] for name in line.statement.helpers}
    before = [f"CLASSES = {json.dumps(taken.classes)}"] if taken.classes else []
    before += [text for name, text in _helpers().items() if name in helpers]
    text = _TEXT.format(
        version=__version__, D=D, H=H, W=W, weights=json.dumps(weights),
        before="".join(f"\n\n{part}\n" for part in before),
        modules="\n        ".join(_modules(lines, names)),
        lines="\n        ".join(_forward(lines, names)),
    )  # fmt: skip
    arrays = {
        f"{names[line.layer]}.{key}": array
        for line in lines
        for key, array in line.statement.arrays.items()
    }
    arrays |= {name: numbers.reshape(-1, 1, 1) for name, numbers in taken.line.items()}
    return Written(text, {name: np.ascontiguousarray(array) for name, array in arrays.items()})


def _names(taken: Taken) -> dict[str, str]:
    return identifiers((node.name for node in taken.graph.nodes), {*_NAMES, *_helpers()})


def _lines(taken: Taken, names: Mapping[str, str]) -> list[_Line]:
    """Up to the class scores. What the next layer alone reads is called `x`, else as its layer."""
    graph = taken.graph
    nodes = graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1]
    readers = Counter(name for node in nodes for name in node.inputs)
    prepared = Statement(f"{_IMAGES}.to(self.scale.dtype) * self.scale + self.shift")
    found: dict[str, _Line] = {}
    for node, after in zip(nodes, [*nodes[1:], None], strict=True):
        xs = [found[name].variable for name in node.inputs]
        arrays = taken.of(node)
        statement = prepared
        if xs:
            express = EXPRESSIONS.of(node.name, node.layer, "PyTorch")
            statement = express(node.layer, node, arrays, *xs)
        if after is None and not statement.flat and node.out_shape[:2] == (1, 1):
            line = f"({statement.expression}).flatten(1)"
            statement = statement._replace(expression=line, flat=True)
        is_chain = after is None or (readers[node.name] == 1 and node.name in after.inputs)
        name = _CHAIN if is_chain else names[node.name]
        found[node.name] = _Line(node.name, Variable(name, statement.flat), statement)
    return [*found.values()]


def _modules(lines: list[_Line], names: Mapping[str, str]) -> list[str]:
    found = []
    for layer, _, statement in lines:
        if statement.module:
            name = names[layer]
            remark = "" if name == layer else f"  # {layer!a}"
            found.append(f"self.{name} = {statement.module}{remark}")
            found += [f"self.{name}.{each}.requires_grad_(False)" for each in statement.frozen]
    return found


def _forward(lines: list[_Line], names: Mapping[str, str]) -> list[str]:
    found = []
    for layer, variable, statement in lines:
        line = statement.expression.replace(MODULE, f"self.{names[layer]}")
        if line != variable.name:
            found.append(f"{variable.name} = {line}")
    return [*found, f"return {_CHAIN}"]


@cache
def _helpers() -> Mapping[str, str]:
    """The text of each function and class of `helpers.py`, in their order."""
    text = files(__package__).joinpath("helpers.py").read_text(encoding="utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
