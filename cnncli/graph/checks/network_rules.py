"""Rules about the network as a whole, and the problems of layers that do not fit."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from cnncli.config.specification import LayerSpec, Specification
from cnncli.geometry import Volume
from cnncli.graph.shape_inference import Inference
from cnncli.layers import find_family
from cnncli.layers.base import Layer, LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.input import Input
from cnncli.layers.softmax import Softmax
from cnncli.problems import Place, Problem

from .candidates import Change


def last_scores(spec: Specification) -> LayerSpec | None:
    """The last layer of a family that gives class scores."""
    for written in reversed(spec.layers):
        family = find_family(written.kind)
        if family and family.is_classifier:
            return written
    return None


def last_before_softmax(spec: Specification) -> int | None:
    """The index of the last layer whose numbers no SOFTMAX has turned into probabilities."""
    ends = [i for i, written in enumerate(spec.layers) if not written.is_a(Softmax)]
    return ends[-1] if ends else None


def is_data_wrong(spec: Specification) -> bool:
    """Whether the data set is unknown because its own section is wrong (and reported)."""
    return spec.data is None and is_section_wrong(spec)


def is_section_wrong(spec: Specification) -> bool:
    """Whether something is wrong with the data set's section."""
    return any(each.is_error and each.path.split(".")[0] == "data" for each in spec.problems)


def order(spec: Specification) -> Iterator[Problem]:
    """INPUT first and only there, SOFTMAX last, and no SOFTMAX under a hinge loss."""
    if spec.layers and not spec.layers[0].is_a(Input):
        yield spec.layers[0].problem(
            f"a network begins with INPUT, not with {spec.layers[0].kind}.\n"
            "Write INPUT in front; it takes the size of the data set's images, or has its own: "
            "INPUT(32x32x3).",
        )
    for written in spec.layers[1:]:
        if written.is_a(Input):
            yield written.problem("INPUT is only the first layer. Take this one out.")
    for written in spec.layers:
        init = written.layer.init if isinstance(written.layer, Conv) else None
        reads_images = not written.inputs or written.inputs[0] == spec.layers[0].name
        if init and init.name == "whitening" and not reads_images:
            yield written.problem(
                "init: whitening is for a layer that reads the images: it is made from patches of "
                "them.\nPut the layer after INPUT, or use another init.",
                "init",
            )
    by_name = {written.name: written for written in spec.layers}
    for after in spec.layers:
        if any(by_name[name].is_a(Softmax) for name in after.inputs or ()):
            yield after.problem(
                f"{after.kind} follows SOFTMAX, which turns the class scores into probabilities.\n"
                f"Put {after.kind} before it, or leave SOFTMAX out.",
            )
    for written in spec.layers:
        if written.is_a(Softmax) and not spec.train.loss.is_of_probabilities:
            yield written.problem(
                f"train.loss: {spec.train.loss.name} works on scores, not on probabilities.\n"
                "Leave SOFTMAX out, or write train.loss: softmax.",
            )


def unread(spec: Specification, seen: Inference) -> Iterator[Problem]:
    """Branches that end nowhere. Silent where some layer's inputs are not known."""
    if any(written.inputs is None for written in spec.layers):
        return
    read = {name for written in spec.layers for name in written.inputs or ()}
    reported: set[Place] = set()
    for written in spec.layers[:-1]:
        if written.name not in read and written.place not in reported:
            reported.add(written.place)
            volume = seen.outputs.get(written.name)
            shape = f" ({volume})" if volume else ""
            yield written.problem(
                f"no layer reads the output of '{written.name}'{shape}.\n"
                "Name it in the from: of a later layer, or take the branch out.",
            )


def scores_problem(spec: Specification, seen: Inference, classes: int | None) -> Problem | None:
    """The problem that the last volume before a SOFTMAX is not 1x1xCLASSES."""
    last = last_before_softmax(spec)
    if last is None or not classes:
        return None
    begin = _origin(spec, last)
    volume = seen.outputs.get(spec.layers[last].name) or _volume_from(seen, begin, last)
    if volume is None or volume == (1, 1, classes):
        return None
    flat = volume[:2] == (1, 1)
    if not flat and last + 1 < len(spec.layers):
        return None  # SOFTMAX says so itself
    at = last
    if flat and begin is not None:
        at, remedy = begin, f"Leave K out, or write K={classes}."
    elif flat:
        remedy = f"End the network with FC, or with K={classes} filters."
    else:
        remedy = f"End the network with FC; its K is then {classes}."
    data = spec.data.name if spec.data else "the data set"
    return spec.layers[at].problem(
        f"the class scores are {volume}, but {data} has {classes} classes: "
        f"{Volume(1, 1, classes)} is needed.\n{remedy}",
        "K",
    )


def scores_change(spec: Specification, classes: int | None) -> Change | None:
    """What gives one score for each class: K of the layer that gives the scores, or their depth."""
    last = last_before_softmax(spec)
    if last is None or not classes:
        return None
    begin = _origin(spec, last)
    if begin is None:
        begin = _origin(spec, last, lambda layer: isinstance(getattr(layer, "K", None), int))
    return None if begin is None else Change(begin, "K", classes, Fraction(0))


def _gives_scores(layer: Layer) -> bool:
    return layer.is_classifier


def _origin(
    spec: Specification, last: int, is_it: Callable[[Layer], bool] = _gives_scores
) -> int | None:
    """The layer of a family that gives scores, from which the last volume comes in one line."""
    index = {written.name: i for i, written in enumerate(spec.layers)}
    at: int | None = last
    while at is not None:
        layer = spec.layers[at].layer
        if layer and is_it(layer):
            return at
        inputs = spec.layers[at].inputs or ()
        source = index[inputs[0]] if len(inputs) == 1 else at
        at = source if source < at else None  # below: where a name is used twice
    return None


def _volume_from(seen: Inference, begin: int | None, last: int) -> Volume | None:
    """The last volume, where it does not depend on what a problem further up hides.

    A family that gives scores has an output of its own, whatever its input.
    """
    if begin is None:
        return None
    volume: Volume | None = Volume(1, 1, 1)
    for layer in seen.layers[begin : last + 1]:
        try:
            volume = layer.out_shape((volume,)) if layer and volume else None
        except LayerError:
            return None
    return volume
