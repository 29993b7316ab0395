"""Warnings: what can be trained, but is hardly meant."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cnncli.errors import Problem
from cnncli.layers.base import Context, Window
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.relu import Relu
from cnncli.layers.softmax import Softmax
from cnncli.spec.specification import LayerSpec, Specification

from .checks import data_at_fault, last_scores
from .network import Node
from .problems import problem_at


def doubts(spec: Specification, nodes: Sequence[Node]) -> Iterator[Problem]:
    """Every warning about a network."""
    yield from _classes(spec)
    yield from _activations(spec)
    yield from _unseen(spec, nodes)
    whole = len(nodes) == len(spec.layers)
    if nodes and whole and not any(node.params for node in nodes):
        message = "no layer of the network has parameters, so there is nothing to train.\nAdd FC."
        yield problem_at(spec.layers[-1], message, severity="warning")


def _classes(spec: Specification) -> Iterator[Problem]:
    """The number of scores left open without a data set that would tell it."""
    last = last_scores(spec)
    if spec.data or data_at_fault(spec) or last is None or last.layer is None:
        return
    if last.layer.complete(Context(outputs=1)) != last.layer.complete(Context(outputs=2)):
        scores = last.layer.complete(Context()).out_shape((Volume(1, 1, 1),)).D
        yield problem_at(
            last,
            f"without a data set the number of classes is unknown; {scores} outputs are assumed.\n"
            f"Write K, or name a data set with data:.",
            severity="warning",
        )


def _activations(spec: Specification) -> Iterator[Problem]:
    """RELU on the class scores, and two activations in a row."""
    scores = last_scores(spec)
    layers = [written for written in spec.layers if written.kind not in Softmax.NAMES]
    for before, written in pairwise(layers):
        if written.kind not in Relu.NAMES:
            continue
        if before.kind in Relu.NAMES:
            yield problem_at(
                written,
                f"{written.kind} follows {before.kind}, and changes nothing.\nLeave one out.",
                severity="warning",
            )
        if before is scores and written is layers[-1]:
            yield problem_at(
                written,
                f"{written.kind} behind the last {before.kind} sets every class score below 0 "
                "to 0.\nLeave it out.",
                severity="warning",
            )


def _unseen(spec: Specification, nodes: Sequence[Node]) -> Iterator[Problem]:
    """A stride that is larger than the window."""
    written: dict[str, LayerSpec] = {layer.name: layer for layer in spec.layers}
    for node in nodes:
        for volume in node.in_shapes:
            window = node.layer.window(volume)
            if _skips(window, node):
                yield problem_at(
                    written[node.name],
                    f"the stride S={window.S} is larger than the window F={window.F}: "
                    "the pixels in between are never seen.\n"
                    f"Write S={window.F} or less, or a larger F.",
                    "S",
                    severity="warning",
                )


def _skips(window: Window, node: Node) -> bool:
    axes = zip(window.S, window.F, node.out_shape[:2], strict=True)
    return any(s > f and places > 1 for s, f, places in axes)
