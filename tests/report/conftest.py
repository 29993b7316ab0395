"""Checked networks, from the text of a configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cnncli.check.result import Checked, Step
from cnncli.config.load import load_text
from cnncli.graph.build import build
from cnncli.graph.costs.memory import training_step

RESIDUAL = """\
blocks:
  unit: {parameters: {K: 4}, layers: ['CONV3(K=K) -> RELU(name=main)', 'ADD(from=[main, input])']}
architecture: INPUT(8x8x1) -> CONV3-4 -> [unit]*2 -> FC-3
"""
INCEPTION = """\
blocks:
  cell: >-
    CONV1-2(name=a, from=input) ->
    CONV1-2(from=input) -> CONV3-4(name=b) ->
    POOL(F=3, S=1, P=1, from=input) -> CONV1-1(name=c) ->
    CONCAT(from=[a, b, c])
architecture: INPUT(8x8x1) -> cell -> FC-3
"""


def checked_text(text: str, file: str = "net.yaml", images: int = 10) -> Checked:
    """A configuration's text as `cnn shapes` checks it, without its data set."""
    spec = load_text(text, Path(file))
    graph = build(spec, None, None)
    checked = Checked(file, graph.problems, spec, graph)
    if not checked.valid:
        return checked
    memory = training_step(graph, images, threads=2, optimizer=spec.train.optimizer)
    return Checked(file, graph.problems, spec, graph, Step(images, 2, memory))


@pytest.fixture(scope="session")
def check() -> Callable[..., Checked]:
    """check(text, file, images): the checked configuration."""
    return checked_text


@pytest.fixture(scope="session")
def residual() -> Checked:
    """Two residual units."""
    return checked_text(RESIDUAL)


@pytest.fixture(scope="session")
def inception() -> Checked:
    """A block of three branches."""
    return checked_text(INCEPTION)
