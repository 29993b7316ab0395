"""Every layer of the contract table, with those of families that have a test file of their own."""

from importlib import import_module
from types import SimpleNamespace

from cnncli.geometry import Volume
from cnncli.layers import families
from cnncli.layers.normalization import BatchNorm
from tests.layers.test_contract import CASES


def _own_cases():
    listed = {type(layer) for layer, _ in CASES}
    for family in dict.fromkeys(families().values()):
        if family not in listed and family is not BatchNorm:
            name = family.__module__.rpartition(".")[2]
            yield from import_module(f"tests.layers.test_{name}").CASES


ALL = [
    *((layer, volume) for layer, volume in CASES if layer.kind != "INPUT"),
    *_own_cases(),
    *((BatchNorm(scale=s), v) for s in (True, False) for v in (Volume(5, 4, 3), Volume(1, 1, 4))),
]


def volumes_of(bench):
    return [Volume(x.shape[2], x.shape[1], x.shape[3]) for x in bench.xs]


def node_of(bench):
    """What a graph knows of the bench's layer."""
    return SimpleNamespace(
        name="layer", layer=bench.layer, in_shapes=volumes_of(bench), out_shape=bench.out
    )


def is_vector(volume):
    return volume[:2] == (1, 1)
