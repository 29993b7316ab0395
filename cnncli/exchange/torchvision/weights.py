"""Weights of a network of torchvision, for a configuration of the same network."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from cnncli.check.check import check, check_text
from cnncli.config.data import DataSpec
from cnncli.config.source_text.source import read_source
from cnncli.datasets.problems import Notify, problem, unreadable
from cnncli.datasets.tones import Tones
from cnncli.errors import DataError
from cnncli.exchange.imported import Imported
from cnncli.exchange.taken import given_stats
from cnncli.graph.network import Graph, Node
from cnncli.lazy import Array, np
from cnncli.shipped.configurations import Shipped, find
from cnncli.text import join_words, short
from cnncli.training.storage.safetensors_file import shape_text

from .families import families
from .family import Family
from .weight_file import FLOATS, Unread, arrays_of

_LEAVES = ("weight", "bias", "running_mean", "running_var")
"""Of a module, in the order of our arrays."""
_COUNTER = "num_batches_tracked"
_THEIRS = {"W": "weight", "b": "bias", "gamma": "weight", "beta": "bias"}
_THEIRS |= {"mean": "running_mean", "var": "running_var"}
_BYTES = Tones(0, 255, 127.5)
"""Pixels of image files, on no ground in particular."""


class _Ours(NamedTuple):
    """An array of the network, what a module calls it, and its shape there."""

    node: Node
    name: str
    leaf: str
    shape: tuple[int, ...]


class _Theirs(NamedTuple):
    """An array of the file."""

    name: str
    array: Unread

    @property
    def module(self) -> str:
        """What it belongs to."""
        return self.name.rpartition(".")[0]

    @property
    def leaf(self) -> str:
        """What it is called there."""
        return self.name.rpartition(".")[2]


def read_weights(path: Path, config: Path, notify: Notify) -> Imported:
    """The network of a configuration, with weights that are named as torchvision names them.

    notify: takes what the user must know. Raises DataError where the weights are those of another
    network, or cannot be read, UsageError as `arrays_of`, and ConfigError as the configuration.
    """
    file = find(config)
    text = read_source(file).text
    spec, graph = check_text(text, file).network()
    family, theirs = _in_order(path, arrays_of(path), notify)
    ours = [*_ours(graph)]
    if not _fit(ours, theirs):
        raise _mismatch(path, file, family, ours, theirs)
    arrays = {
        f"{mine.node.name}.{mine.name}": _read(path, mine, one)
        for mine, one in zip(ours, theirs, strict=True)
    }
    data = spec.data or DataSpec(name="folder", resize="crop")
    stats = given_stats(data, graph)
    spec = replace(spec, data=data)
    imported = Imported(text, spec, graph, arrays, _digest(path), stats=stats, tones=_BYTES)
    if stats or not data.normalise:
        return imported
    if family.remark:
        notify(f"{path}: {family.remark}")
    return imported.normalised(*family.normal)


def _in_order(
    path: Path, found: Mapping[str, Unread], notify: Notify
) -> tuple[Family, list[_Theirs]]:
    """The family to which all names belong, and the arrays in the order in which they compute."""
    theirs = [_Theirs(name, array) for name, array in found.items()]
    family = min(families(), key=lambda each: len(_strange(each, theirs)))
    if strange := _strange(family, theirs):
        known = join_words(sorted(name for each in families() for name in each.networks))
        remedy = f"there are configurations for the weights of {known}"
        raise problem(path, "names of a network of torchvision", short(strange[0]), remedy)
    unused = {one.module.split(".")[0] for one in theirs if not family.uses(one.module)}
    if unused:
        notify(f"{path}: passed over, as only training has them: {join_words(sorted(unused))}")
    used = []
    for one in theirs:
        place = family.place(one.module)
        if place is not None and one.leaf in _LEAVES:
            used.append((place, _LEAVES.index(one.leaf), one))
    return family, [one for _, _, one in sorted(used, key=lambda entry: entry[:2])]


def _strange(family: Family, theirs: Sequence[_Theirs]) -> list[str]:
    """Names that no network of the family has."""
    return [
        one.name
        for one in theirs
        if family.uses(one.module)
        and (family.place(one.module) is None or one.leaf not in (*_LEAVES, _COUNTER))
    ]


def _ours(graph: Graph) -> Iterator[_Ours]:
    """In the graph's order. (F, F, C, K) here is (K, C, F, F) there, and (C, K) is (K, C)."""
    for node in graph.nodes:
        shapes = {name: each.shape for name, each in node.params.items()}
        shapes |= {name: each.shape for name, each in node.state.items()}
        for name, shape in shapes.items():
            if len(shape) > 1:
                shape = (*shape[:-3:-1], *shape[:-2])
            yield _Ours(node, name, _THEIRS.get(name, name), shape)


def _fit(ours: Sequence[_Ours], theirs: Sequence[_Theirs]) -> bool:
    wanted = [(mine.leaf, mine.shape) for mine in ours]
    return wanted == [(one.leaf, one.array.shape) for one in theirs]


def _mismatch(
    path: Path, file: Path, family: Family, ours: Sequence[_Ours], theirs: Sequence[_Theirs]
) -> DataError:
    """Whose weights they are, or else the first array that does not fit."""
    for name in family.networks:
        _, graph = check(Shipped(name)).network()
        if _fit([*_ours(graph)], theirs):
            remedy = f"say --config {name}"
            return problem(path, f"weights of {file}", f"those of {name}", remedy)
    mine, one = next(
        (mine, one)
        for mine, one in zip_longest(ours, theirs)
        if not (mine and one) or not _fit([mine], [one])
    )
    here, there = "no more arrays", "no more arrays"
    if mine:
        here = f"{mine.node.name}.{mine.name} of {shape_text(mine.shape)}"
    if one:
        there = f"{short(one.name)} of {shape_text(one.array.shape)}"
    remedy = "give the configuration of the network that they are of"
    return problem(path, f"{here} for {file}", there, remedy)


def _read(path: Path, mine: _Ours, one: _Theirs) -> Array:
    """An array in our order of axes, in float32."""
    if one.array.dtype not in FLOATS.values():
        expected = f"{join_words(FLOATS.values(), 'or')} in {short(one.name)}"
        raise problem(path, expected, one.array.dtype, "save it as float32")
    array = one.array.read()
    if array.ndim == 4:
        array = array.transpose(2, 3, 1, 0)
    elif array.ndim == 2:
        across, down, depth = mine.node.in_shapes[0]
        by_channel = array.reshape(-1, depth, down, across)
        array = by_channel.transpose(2, 3, 1, 0).reshape(array.shape[::-1])
    with np.errstate(over="ignore"):  # of a float64
        numbers: Array = np.ascontiguousarray(array, np.float32)
    if not np.isfinite(numbers).all():
        raise problem(path, f"finite numbers in {short(one.name)}", "others", "take other weights")
    return numbers


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from None
