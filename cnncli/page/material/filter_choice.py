"""Which filters a page shows: those of the first layers' whose weights are the largest."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.network import Graph, Node

FIRST_SHOWN = 96
"""Filters of the first layer that has some."""
LATER_SHOWN = 12
"""Filters of each of the others."""
LAYERS = 6
"""Layers whose filters are shown."""


def chosen_filters(graph: Graph, arrays: Mapping[str, NDArray[Any]]) -> dict[str, list[int]]:
    """By layer the numbers of its filters, from the largest norm to the smallest.

    arrays: with the weights, like `conv1.W`.
    """
    return {
        node.name: by_norm(arrays[f"{node.name}.W"])[: LATER_SHOWN if place else FIRST_SHOWN]
        for place, node in enumerate(_spread(layers_with_filters(graph)))
    }


def layers_with_filters(graph: Graph) -> list[Node]:
    """Each CONV in its order, and the first FC if what it reads has places."""
    first = next((node for node in graph.nodes if node.kind == "FC"), None)
    has_places = first is not None and first.in_shapes[0][:2] != (1, 1)
    return [node for node in graph.nodes if node.kind == "CONV" or (has_places and node is first)]


def by_norm(weights: NDArray[Any]) -> list[int]:
    """The numbers of filters, whose axis is the last one, from the largest norm to the smallest."""
    order: list[int] = (-norms(weights)).argsort(kind="stable").tolist()
    return order


def norms(weights: NDArray[Any]) -> NDArray[Any]:
    """Of each filter the root of the sum of its weights' squares, (K,)."""
    flat = weights.reshape(-1, weights.shape[-1])
    squares = np.einsum("ik,ik->k", flat, flat, dtype=np.float64)  # without a copy of them
    found: NDArray[Any] = np.sqrt(squares)
    return found


def _spread(layers: list[Node]) -> list[Node]:
    """At most so many, the first and the last among them."""
    if len(layers) <= LAYERS:
        return layers
    return [layers[place * (len(layers) - 1) // (LAYERS - 1)] for place in range(LAYERS)]
