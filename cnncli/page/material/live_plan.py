"""A trained network as its page computes it: what each layer does, as JSON, and its arrays."""

import zlib
from base64 import b85encode
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_LIVE_MACS, MAX_LIVE_NUMBERS, MAX_LIVE_PARAMETERS
from cnncli.errors import UsageError
from cnncli.geometry import Geometry
from cnncli.graph.costs.totals import totals
from cnncli.graph.network import FLOAT, Node
from cnncli.inference.preparation import check_scores
from cnncli.layers.pool import Pool
from cnncli.text import join_words, printable
from cnncli.training.session import pipeline_for, views_for
from cnncli.training.storage.arrays import evaluated_arrays
from cnncli.training.storage.resume import SavedRun

_KEPT_BITS = 19
"""Of the 23 of a weight's mantissa: an error of at most 2**-20 of it, which scores, sums of many
float32 in some order, hardly feel; and a seventh less to carry."""

HYPERPARAMETERS: Mapping[str, tuple[str, ...]] = {
    "INPUT": (),
    "CONV": (),
    "LOCAL": (),
    "CONVT": (),
    "FC": (),
    "POOL": ("mode",),
    "ADAPTIVEPOOL": ("mode",),
    "BATCHNORM": ("eps",),
    "LAYERNORM": ("over", "eps"),
    "GROUPNORM": ("groups", "eps"),
    "INSTANCENORM": ("eps",),
    "LRN": ("n", "k", "alpha", "beta"),
    "RELU": (),
    "LEAKYRELU": ("slope",),
    "RELU6": (),
    "PRELU": (),
    "ELU": ("alpha",),
    "SOFTPLUS": (),
    "HARDSIGMOID": (),
    "HARDSWISH": (),
    "MISH": (),
    "SIGMOID": (),
    "TANH": (),
    "SILU": (),
    "GELU": (),
    "SOFTMAX": (),
    "DROPOUT": (),
    "DROPPATH": (),
    "FLATTEN": (),
    "PAD": ("P", "mode", "front"),
    "UPSAMPLE": ("S", "mode"),
    "SCALE": ("by",),
    "SHUFFLE": ("groups",),
    "DEPTHTOSPACE": ("S", "order"),
    "SPACETODEPTH": ("S", "order"),
    "SPLIT": ("part", "channels"),
    "CROP": ("P", "size", "offset"),
    "MUL": (),
    "ADD": (),
    "CONCAT": (),
}
"""The kinds of layers that assets/live_layers.js computes, and what it takes of them, beside the
windows and the arrays."""


def check_live(saved: SavedRun) -> None:
    """Raises UsageError where a network does not go into a page."""
    check_scores(saved)
    total = totals(saved.graph)
    numbers = total.activations // FLOAT
    costs = (
        (total.parameters, MAX_LIVE_PARAMETERS),
        (total.macs, MAX_LIVE_MACS),
        (numbers, MAX_LIVE_NUMBERS),
    )
    if any(found > most for found, most in costs):
        raise UsageError(
            f"{saved.path}: --live takes networks of at most {MAX_LIVE_PARAMETERS:,} parameters, "
            f"{MAX_LIVE_MACS:,} multiply-adds and {MAX_LIVE_NUMBERS:,} numbers in its volumes; "
            f"this one has {total.parameters:,}, {total.macs:,} and {numbers:,}.\n"
            "Write the page without --live."
        )
    without = [
        f"{node.layer.kind} {printable(node.name)}"
        for node in saved.graph.nodes
        if node.layer.kind not in HYPERPARAMETERS
    ]
    if without:
        raise UsageError(
            f"{saved.path}: --live cannot compute {join_words(without)} in a browser.\n"
            "Write the page without --live."
        )


def live_plan(saved: SavedRun) -> dict[str, Any]:
    """The network with all that it takes to compute class scores of an image, for JSON.

    image: its height, width and depth. scale, shift: of each channel, of bytes to what the first
    layer gets. views: weight, mirrored, down, across, and whether the border is a mirror. layers:
    each with the numbers of its inputs among them, its volume as height, width and depth, and the
    places of its arrays in `numbers`. scores: the number of the layer that gives them.
    """
    _, checkpoint, spec, graph = saved
    places = {node.name: place for place, node in enumerate(graph.nodes)}
    arrays = evaluated_arrays(checkpoint, saved.path, graph)
    scale, shift = pipeline_for(spec, checkpoint.data).line
    start, layers = 0, []
    for node in graph.nodes:
        own: dict[str, tuple[int, ...]] = {}
        for name in (*node.params, *node.state):
            array = arrays[f"{node.name}.{name}"]
            own[name] = (start, *array.shape)
            start += array.size
        W, H, D = node.out_shape
        layers.append(
            {
                "name": node.name,
                "kind": node.layer.kind,
                "inputs": [places[name] for name in node.inputs],
                "shape": (H, W, D),
                "arrays": own,
                **_numbers(node),
            }
        )
    order = [f"{node.name}.{n}" for node in graph.nodes for n in (*node.params, *node.state)]
    W, H, D = graph.image
    return {
        "image": (H, W, D),
        "scale": np.broadcast_to(scale, D).tolist(),
        "shift": np.broadcast_to(shift, D).tolist(),
        "views": [(v.weight, v.mirrored, v.down, v.across, v.border == "reflect")
                  for v in views_for(spec)],
        "layers": layers,
        "scores": places[graph.scores],
        "numbers": packed_numbers(arrays[name] for name in order),
    }  # fmt: skip


def _numbers(node: Node) -> dict[str, Any]:
    """What a layer's function reads beside its arrays; sizes are width first, as in the plan."""
    layer = node.layer
    found = {name: getattr(layer, name) for name in HYPERPARAMETERS[layer.kind]}
    plan = layer.plan(node.in_shapes, 1, None)
    geometry = getattr(plan, "geometry", plan)
    if isinstance(geometry, Geometry):
        found |= {
            "F": geometry.F, "S": geometry.S, "P": geometry.P, "dilation": geometry.dilation,
            "places": geometry.out,
        }  # fmt: skip
    if isinstance(layer, Pool):
        found["border"] = layer.border(geometry)
    return found


def packed_numbers(arrays: Iterable[NDArray[np.float32]]) -> str:
    """Arrays one after another as text of zlib of float32, all first bytes before all second.

    Weights, which are of more than one axis, are rounded: a page of a million of them stays small.
    """
    parts = [_round(array) if array.ndim > 1 else array for array in arrays]
    vector = np.concatenate([np.zeros(0, "<f4"), *(part.reshape(-1) for part in parts)])
    planes = vector.astype("<f4").view(np.uint8).reshape(-1, FLOAT).T
    return packed_bytes(planes, zlib.Z_RLE)


def packed_bytes(content: NDArray[np.uint8], strategy: int = zlib.Z_DEFAULT_STRATEGY) -> str:
    """Bytes as text of zlib; of random ones, zlib.Z_RLE takes less time, and less room.

    The text is base 85, in which four bytes take five letters, with a comma for `<`, which HTML
    would have written in six.
    """
    packer = zlib.compressobj(9, strategy=strategy)
    packed = packer.compress(content.tobytes()) + packer.flush()
    return b85encode(packed).decode().replace("<", ",")


def _round(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """To the nearest numbers of `_KEPT_BITS` bits behind the point of their mantissa."""
    dropped = 23 - _KEPT_BITS
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    rounded = (bits + np.uint32(1 << (dropped - 1))) >> dropped << dropped
    return np.where(np.isfinite(array), rounded.view(np.float32), array)
