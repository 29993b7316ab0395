"""Which layers of a network stand as columns on a page, and which of their maps."""

from collections.abc import Mapping, Sequence

import numpy as np

from cnncli.graph.network import Graph, Node
from cnncli.lazy import Array
from cnncli.text import count

COLUMNS = 32
"""Columns."""
_IDLE = ("INPUT", "DROPOUT", "FLATTEN")
"""They leave the numbers of an image as they are."""


def column_layers(graph: Graph) -> tuple[list[Node], str]:
    """The layers before the class scores that are shown, in their order, and what is left out.

    Where there are too many, first those go that stand beside the main path, then those whose work
    a later one goes on with at once: what a RELU makes of a CONV stays. At last they are thinned
    evenly.
    """
    main, last = _main_path(graph), _ends(graph)
    nodes = [
        node for node in graph.nodes if node.kind not in _IDLE and node.name not in _scores(graph)
    ]
    words = []
    for where, keeps in (
        ("beside the path that all numbers take", main),
        ("whose work an activation goes on with", last),
    ):
        kept = [node for node in nodes if node.name in keeps]
        if len(nodes) > COLUMNS and kept:
            words += [f"{len(nodes) - len(kept)} {where}"] if len(kept) < len(nodes) else []
            nodes = kept
    if len(nodes) > COLUMNS:
        words.append(f"{len(nodes) - COLUMNS} others, evenly")
        nodes = [nodes[place * (len(nodes) - 1) // (COLUMNS - 1)] for place in range(COLUMNS)]
    left_out = ", ".join(words)
    shown = f"{count(len(nodes), 'layer')} of {len(graph.nodes)}"
    return nodes, f"{shown} are shown; left out are {left_out}." if words else ""


def column_maps(
    nodes: Sequence[Node], outputs: Mapping[str, Array], most: int
) -> dict[str, list[int]]:
    """By layer the numbers of its maps that are shown, ascending, at most so many.

    They are those whose numbers are the largest, without their signs, on average over the
    pictures. Layers that work on each channel by itself show the same maps as the one before them,
    those that are strongest after the last of them. outputs: (n, H, W, K), by layer.
    """
    rows: list[list[Node]] = []
    for node in nodes:
        if rows and _goes_on(rows[-1][-1], node):
            rows[-1].append(node)
        else:
            rows.append([node])
    found: dict[str, list[int]] = {}
    for row in rows:
        strength = np.abs(outputs[row[-1].name]).mean(axis=(0, 1, 2), dtype=np.float64)
        maps = sorted((-strength).argsort(kind="stable")[:most].tolist())
        found |= {node.name: maps for node in row}
    return found


def _goes_on(before: Node, node: Node) -> bool:
    """Whether a layer works on each channel of the one before it by itself."""
    return (
        node.inputs == (before.name,)
        and not node.weights
        and node.out_shape.D == before.out_shape.D
    )


def _scores(graph: Graph) -> set[str]:
    """The layers that are drawn as bars."""
    return {graph.scores, graph.nodes[-1].name}


def _main_path(graph: Graph) -> set[str]:
    """Layers that all numbers go through: no connection leads past them."""
    at = {node.name: place for place, node in enumerate(graph.nodes)}
    reach, found = 0, set()
    for place, node in enumerate(graph.nodes):
        if reach <= place:
            found.add(node.name)
        readers = [at[other.name] for other in graph.nodes if node.name in other.inputs]
        reach = max([reach, *readers])
    return found


def _ends(graph: Graph) -> set[str]:
    """Layers whose output is no activation's, or normalisation's, only input, and that are none."""
    readers: dict[str, list[Node]] = {node.name: [] for node in graph.nodes}
    for node in graph.nodes:
        for name in node.inputs:
            readers[name].append(node)
    return {
        node.name
        for node in graph.nodes
        if not any(_is_step(other) for other in readers[node.name])
        and (node.layer.is_activation or not _is_norm(node))
    }


def _is_step(node: Node) -> bool:
    return node.layer.is_activation or _is_norm(node)


def _is_norm(node: Node) -> bool:
    """Whether it only scales and shifts what it gets."""
    return node.kind in ("BATCHNORM", "LAYERNORM", "LRN", "SCALE", "PAD")
