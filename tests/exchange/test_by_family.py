"""Families of layers that are not known to another program."""

from dataclasses import replace

import pytest

from cnncli.check.check import check
from cnncli.errors import UsageError
from cnncli.exchange.taken import Taken
from cnncli.exchange.torch.module_text import write
from cnncli.layers.activations import Relu
from tests.cli.commands import write_config


class Softsign(Relu):
    """Of somebody else."""

    kind = "SOFTSIGN"


def test_it_is_named(tmp_path):
    spec, graph = check(write_config(tmp_path)).network()
    nodes = tuple(
        replace(node, layer=Softsign()) if node.name == "relu1" else node for node in graph.nodes
    )
    taken = Taken.of_configuration(spec, replace(graph, nodes=nodes))
    with pytest.raises(UsageError) as raised:
        write(taken, "weights.safetensors")
    assert str(raised.value) == (
        "relu1: how a SOFTSIGN is written for PyTorch is not known; say it in "
        "cnncli/exchange/torch/expressions, as docs/adding.md tells"
    )
