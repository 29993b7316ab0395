"""Rules about the network as a whole: what begins it and what ends it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cnncli.errors import Problem
from cnncli.layers import families
from cnncli.layers.base import Layer, LayerError
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.input import Input
from cnncli.layers.softmax import Softmax
from cnncli.spec.specification import LayerSpec, Specification
from cnncli.spec.train import Svm

from .network import Node
from .problems import problem_at


def last_scores(spec: Specification) -> LayerSpec | None:
    """The last layer of a family that gives class scores."""
    names = {name for name, family in families().items() if family.SCORES}
    scoring = [written for written in spec.layers if written.kind in names]
    return scoring[-1] if scoring else None


def data_at_fault(spec: Specification) -> bool:
    """Whether the data set is unknown because its own section is wrong (and reported)."""
    return spec.data is None and any(
        problem.severity == "error" and problem.path.split(".")[0] == "data"
        for problem in spec.problems
    )


def order(spec: Specification) -> Iterator[Problem]:
    """INPUT first and only there, SOFTMAX last, and no SOFTMAX under a hinge loss."""
    if spec.layers and spec.layers[0].kind not in Input.NAMES:
        yield problem_at(
            spec.layers[0],
            f"a network begins with INPUT, not with {spec.layers[0].kind}.\n"
            "Write INPUT in front; it takes the size of the data set's images, or has its own: "
            "INPUT(32x32x3).",
        )
    for written in spec.layers[1:]:
        if written.kind in Input.NAMES:
            yield problem_at(written, "INPUT is only the first layer. Take this one out.")
    for written, after in pairwise(spec.layers):
        if written.kind in Softmax.NAMES:
            yield problem_at(
                after,
                f"{after.kind} follows SOFTMAX, which turns the class scores into probabilities.\n"
                f"Put {after.kind} before it, or leave SOFTMAX out.",
            )
    if isinstance(spec.train.loss, Svm):
        for written in spec.layers:
            if written.kind in Softmax.NAMES:
                yield problem_at(
                    written,
                    "the hinge loss (train.loss: svm) works on scores, not on probabilities.\n"
                    "Leave SOFTMAX out, or write train.loss: softmax.",
                )


def sizes(
    spec: Specification,
    layers: Sequence[Sequence[Layer]],
    nodes: Sequence[Node],
    image: Volume | None,
    classes: int | None,
) -> Iterator[Problem]:
    """INPUT is as large as the images, and there is one score for each class."""
    data = f"the images of {spec.data.name}" if spec.data else "the images"
    first = layers[0][0] if layers and layers[0] else None
    if image and isinstance(first, Input) and first.size != image:
        yield problem_at(
            spec.layers[0],
            f"INPUT is {first.size}, but {data} are {image}.\n"
            f"Leave the size out, or write {image}.",
            "size",
        )
    if classes:
        yield from _scores(spec, layers, nodes, classes)


def _scores(
    spec: Specification, layers: Sequence[Sequence[Layer]], nodes: Sequence[Node], classes: int
) -> Iterator[Problem]:
    """The last volume before a SOFTMAX is 1x1xCLASSES."""
    ends = [i for i, written in enumerate(spec.layers) if written.kind not in Softmax.NAMES]
    if not ends:
        return
    last = ends[-1]
    begin = next((i for i in range(last, -1, -1) if layers[i] and layers[i][0].SCORES), last)
    volume = _volume_behind(layers[begin : last + 1], spec.layers[last].name, nodes)
    if volume is None or volume == (1, 1, classes):
        return
    flat = volume[:2] == (1, 1)
    if not flat and last + 1 < len(layers):
        return  # SOFTMAX says so itself
    at = last
    if flat and layers[begin] and layers[begin][0].SCORES:
        at, remedy = begin, f"Leave K out, or write K={classes}."
    elif flat:
        remedy = f"End the network with FC, or with K={classes} filters."
    else:
        remedy = f"End the network with FC; its K is then {classes}."
    data = spec.data.name if spec.data else "the data set"
    yield problem_at(
        spec.layers[at],
        f"the class scores are {volume}, but {data} has {classes} classes: "
        f"{Volume(1, 1, classes)} is needed.\n{remedy}",
        "K",
    )


def _volume_behind(
    layers: Sequence[Sequence[Layer]], name: str, nodes: Sequence[Node]
) -> Volume | None:
    """The volume behind the last of the layers, if it can be told.

    The volume of a family that gives scores does not depend on its input, so a fault further up
    does not hide it.
    """
    if not (layers[0] and layers[0][0].SCORES):
        return next((node.out_shape for node in nodes if node.name == name), None)
    volume = Volume(1, 1, 1)
    for choices in layers:
        if not choices:
            return None
        try:
            volume = choices[0].out_shape((volume,))
        except LayerError:
            return None
    return volume
