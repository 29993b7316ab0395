"""A walk through the network by shapes alone, which goes on behind what does not fit."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from cnncli.config.specification import LayerSpec
from cnncli.geometry import Volume
from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.input import Input
from cnncli.layers.windows import cropped

MOST_NUMBERS = 2**31
"""Of a layer's output for one image, and of each trained array."""
_REMEMBERED = 2**14
"""Layers with their inputs, of which the output is kept."""


@dataclass(frozen=True)
class Blueprint:
    """Layers as written, each with what the file and the data set add to it."""

    layers: Sequence[LayerSpec]
    contexts: Sequence[Context]
    data: str | None = None
    """The data set whose images the INPUT must be as large as."""

    @cached_property
    def completed(self) -> "list[tuple[Layer | None, LayerError | None]]":
        """Every layer with its open hyperparameters filled in, or why that can not be done."""
        pairs = zip(self.layers, self.contexts, strict=True)
        return [completed(written.layer, context) for written, context in pairs]


class Step(NamedTuple):
    """What became of one layer.

    layer: as completed, or as it was taken to go on behind its problem; None where it is not known.
    in_shapes, output: None where they can not be told.
    """

    layer: Layer | None
    in_shapes: tuple[Volume, ...] | None
    output: Volume | None
    error: LayerError | None = None


@dataclass(frozen=True)
class Inference:
    """The steps of all layers, in the order of the file."""

    steps: Sequence[Step]
    outputs: Mapping[str, Volume]
    """The known volumes, by layer."""
    problems: frozenset[int]
    """The layers that do not fit."""


def infer_shapes(
    blueprint: Blueprint,
    changed: Mapping[int, Layer | None] | None = None,
    base: Inference | None = None,
) -> Inference:
    """Goes through all layers; with `changed` ones in the place of those that are written.

    Where a base is given, the layers before the first changed one are taken from it.
    """
    changed = changed or {}
    first = min(changed, default=0) if base else 0
    steps = list(base.steps[:first]) if base else []
    outputs = {
        written.name: step.output
        for written, step in zip(blueprint.layers, steps, strict=False)
        if step.output
    }
    for index in range(first, len(blueprint.layers)):
        written = blueprint.layers[index]
        layer, error = (
            completed(changed[index], blueprint.contexts[index])
            if index in changed
            else blueprint.completed[index]
        )
        step = _step(index, written, layer, error, blueprint, outputs)
        steps.append(step)
        if step.output:
            outputs[written.name] = step.output
    return Inference(steps, outputs, frozenset(i for i, step in enumerate(steps) if step.error))


def _step(
    index: int,
    written: LayerSpec,
    layer: Layer | None,
    error: LayerError | None,
    blueprint: Blueprint,
    outputs: Mapping[str, Volume],
) -> Step:
    context = blueprint.contexts[index]
    in_shapes = _in_shapes(written, context, outputs)
    if isinstance(layer, Input):
        return _input(index, layer, error, in_shapes, blueprint)
    if layer is None and error is None:
        # an INPUT that could not be read is as large as the images
        is_input = index == 0 and written.kind in Input.NAMES
        return Step(None, None, context.image if is_input else None)
    if layer is None or in_shapes is None:
        return Step(layer, in_shapes, None, error)
    step = _taken(layer, in_shapes)
    return step._replace(error=error) if error else step


@lru_cache(_REMEMBERED)
def _taken(layer: Layer, in_shapes: tuple[Volume, ...]) -> Step:
    """What becomes of a layer on its inputs; repeated ones meet the same again and again."""
    try:
        output = layer.out_shape(in_shapes)
    except LayerError as misfit:
        return _behind(layer, in_shapes, misfit)
    if output.size > MOST_NUMBERS:
        return Step(layer, in_shapes, None, _too_large(output))
    return Step(layer, in_shapes, output)


def _too_large(volume: Volume) -> LayerError:
    return LayerError(
        f"the output {volume} has {volume.size:,} numbers; at most {MOST_NUMBERS:,} are possible.\n"
        "Make the images, the number of filters or the padding smaller, or the stride larger."
    )


def _in_shapes(
    written: LayerSpec, context: Context, outputs: Mapping[str, Volume]
) -> tuple[Volume, ...] | None:
    if written.inputs is None:
        return None
    if not written.inputs and written.kind not in Input.NAMES:
        return (context.image,) if context.image else None
    found = [outputs.get(name) for name in written.inputs]
    known = tuple(volume for volume in found if volume)
    return known if len(known) == len(found) else None


@lru_cache(_REMEMBERED)
def completed(layer: Layer | None, context: Context) -> tuple[Layer | None, LayerError | None]:
    """The layer with open hyperparameters filled in; one without a default P keeps the size."""
    if layer is None:
        return None, None
    try:
        return layer.complete(context), None
    except LayerError as error:
        if error.field == "F":
            same: Any = layer
            with suppress(LayerError):
                return replace(same, P="same").complete(context), error
        return None, error


def _input(
    index: int,
    layer: Input,
    error: LayerError | None,
    in_shapes: tuple[Volume, ...] | None,
    blueprint: Blueprint,
) -> Step:
    """An INPUT that is not the first layer is reported elsewhere, and passes on what it gets."""
    if index:
        return Step(None, None, in_shapes[0] if in_shapes else None)
    image = blueprint.contexts[index].image
    size = layer.out_shape(())
    if size.size > MOST_NUMBERS:
        return Step(layer, (), None, _too_large(size))
    if image and size != image:
        error = LayerError(
            f"INPUT is {size}, but the images of {blueprint.data or 'the data set'} are {image}.\n"
            f"Leave the size out, or write {image}.",
            field="size",
        )
    return Step(layer, (), size, error)


def _behind(layer: Layer, in_shapes: tuple[Volume, ...], misfit: LayerError) -> Step:
    """A layer that does not fit, as if its window or its places had been cropped."""
    taken = cropped(layer, in_shapes)
    if taken:
        return Step(taken, in_shapes, taken.out_shape(in_shapes), misfit)
    return Step(layer, in_shapes, misfit.assume, misfit)
