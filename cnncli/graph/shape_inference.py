"""The shapes of all layers, from the images on; the inference goes on after what does not fit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, TypeAlias

from cnncli.bounds import MAX_NUMBERS
from cnncli.config.asked_layers import answer
from cnncli.config.specification import Decision, LayerSpec, Origin
from cnncli.geometry import Volume
from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.fitting import complete, find_too_large, fit, too_large
from cnncli.layers.input import Input


@dataclass(frozen=True)
class Blueprint:
    """What shapes are inferred from: the layers of the file, each with its open values' context."""

    layers: Sequence[LayerSpec]
    contexts: Sequence[Context]
    data: str | None = None
    """The data set whose images the INPUT must be as large as."""
    decisions: Sequence[Decision] = ()
    """What the layers were chosen by, from the top."""

    @cached_property
    def completed(self) -> "list[tuple[Layer | None, LayerError | None]]":
        """Every layer with its open hyperparameters filled in, or why that cannot be done."""
        pairs = zip(self.layers, self.contexts, strict=True)
        return [complete(written.layer, context) for written, context in pairs]

    @cached_property
    def sources(self) -> list[tuple[int, ...]]:
        """The indices of the layers that each one reads."""
        index: dict[str, int] = {}
        found = []
        for at, written in enumerate(self.layers):
            found.append(tuple(index[name] for name in written.inputs or () if name in index))
            index[written.name] = at
        return found

    @cached_property
    def asking(self) -> list[int]:
        """The layers that depend on the sizes of others, which they need not read."""
        return [at for at, written in enumerate(self.layers) if written.asks]

    @cached_property
    def readers(self) -> list[list[int]]:
        """The indices of the layers that read each one."""
        found: list[list[int]] = [[] for _ in self.layers]
        for at, sources in enumerate(self.sources):
            for source in sources:
                found[source].append(at)
        return found


@dataclass
class Inference:
    """What is known of each layer, by its place in the file; None where it cannot be inferred."""

    layers: list[Layer | None] = field(default_factory=list)
    """As completed, or as they were taken to go on after what does not fit."""
    in_shapes: list[tuple[Volume, ...] | None] = field(default_factory=list)
    volumes: list[Volume | None] = field(default_factory=list)
    """The outputs."""
    errors: dict[int, LayerError] = field(default_factory=dict)
    """Why layers do not fit."""
    outputs: dict[str, Volume] = field(default_factory=dict)
    """The known volumes, by the layer's name."""

    @property
    def problems(self) -> frozenset[int]:
        return frozenset(self.errors)

    def copy_until(self, end: int, layers: Sequence[LayerSpec]) -> "Inference":
        """What is known of the layers before the one at `end`."""
        volumes = self.volumes[:end]
        named = zip(layers, volumes, strict=False)
        return Inference(
            self.layers[:end],
            self.in_shapes[:end],
            volumes,
            {at: error for at, error in self.errors.items() if at < end},
            {written.name: volume for written, volume in named if volume},
        )

    def add(self, name: str, known: "_Known") -> None:
        layer, in_shapes, volume, error = known
        if error:
            self.errors[len(self.layers)] = error
        if volume:
            self.outputs[name] = volume
        self.layers.append(layer)
        self.in_shapes.append(in_shapes)
        self.volumes.append(volume)


_Known: TypeAlias = tuple[Layer | None, tuple[Volume, ...] | None, Volume | None, LayerError | None]
"""Of one layer: itself, its inputs, its output, and why it does not fit."""


def infer_shapes(
    blueprint: Blueprint,
    changed: Mapping[int, Layer | None] | None = None,
    base: Inference | None = None,
    end: int | None = None,
    constants: Mapping[Origin, Any] | None = None,
) -> Inference:
    """Goes through all layers, or those before `end`; with `changed` ones in their places.

    Where a base is given, the layers before the first changed one are taken from it. A condition
    that comes out otherwise, with the constants that are changed too, is a problem.
    """
    changed = changed or {}
    first = min(changed, default=0) if base else 0
    found = base.copy_until(first, blueprint.layers) if base else Inference()
    for index in range(first, len(blueprint.layers) if end is None else end):
        layer, error = take_layer(index, blueprint, changed, found.outputs)
        known = _infer(index, layer, error, blueprint, found.outputs)
        found.add(blueprint.layers[index].name, known)
    for decision in blueprint.decisions:
        concerned = constants or decision.at > first
        if concerned and decision.is_other(found.outputs, constants):
            found.errors.setdefault(min(decision.at, len(found.layers) - 1), _other(decision))
    return found


def infer_changes(
    blueprint: Blueprint,
    changed: Mapping[int, Layer | None],
    base: Inference,
    allowed: Collection[int] = (),
    constants: Mapping[Origin, Any] | None = None,
) -> tuple[int, dict[int, Volume] | None]:
    """How many layers were looked at, and the volumes that are others with the changed layers.

    None as soon as a layer does not fit that is not allowed not to, and where a condition comes out
    otherwise, with the constants that are changed too. Only layers behind those that are changed,
    or did not fit, or ask for sizes of others are looked at.
    """
    found: dict[int, Volume] = {}
    outputs = dict(base.outputs)
    waiting = sorted({*changed, *base.errors, *blueprint.asking})
    noted = set(waiting)
    seen = 0
    while waiting:
        index = heappop(waiting)
        seen += 1
        layer, error = take_layer(index, blueprint, changed, outputs)
        _, _, volume, error = _infer(index, layer, error, blueprint, outputs)
        if error and index not in allowed:
            return seen, None
        if volume and volume != base.volumes[index]:
            found[index] = outputs[blueprint.layers[index].name] = volume
            for reader in blueprint.readers[index]:
                if reader not in noted:
                    noted.add(reader)
                    heappush(waiting, reader)
    for decision in blueprint.decisions:
        if decision.is_other(outputs, constants):
            return seen, None
    return seen, found


def take_layer(
    index: int,
    blueprint: Blueprint,
    changed: Mapping[int, Layer | None],
    outputs: Mapping[str, Volume],
) -> tuple[Layer | None, LayerError | None]:
    """The layer as it is written or changed, complete, with what it asks of others' outputs.

    A hyperparameter that is changed does not ask any longer.
    """
    written, context = blueprint.layers[index], blueprint.contexts[index]
    if not changed and not written.asks:
        return blueprint.completed[index]
    if written.layer and changed.get(index, written.layer) is None:
        return None, LayerError("a changed constant gives a value that the layer does not take")
    if not written.asks:
        return complete(changed[index], context) if index in changed else blueprint.completed[index]
    layer = changed.get(index, written.layer)
    if layer is None:
        return None, None
    asks = {
        key: asked
        for key, asked in written.asks.items()
        if getattr(layer, key) == getattr(written.layer, key)
    }
    answered, error = answer(layer, asks, outputs)
    return complete(answered, context) if answered else (None, error)


def _other(decision: Decision) -> LayerError:
    return LayerError(
        f"`if: {decision.text}` turns out otherwise in the whole network: its last FC gives "
        "as many scores as there are classes.\n"
        "Give that its K, or write the condition without a size."
    )


def _infer(
    index: int,
    layer: Layer | None,
    error: LayerError | None,
    blueprint: Blueprint,
    outputs: Mapping[str, Volume],
) -> _Known:
    written, context = blueprint.layers[index], blueprint.contexts[index]
    in_shapes = _in_shapes(written, context, outputs)
    if isinstance(layer, Input):
        return _infer_input(index, layer, error, in_shapes, blueprint)
    if layer is None and error is None:
        # an INPUT that could not be read is as large as the images
        is_input = index == 0 and written.is_a("INPUT")
        return None, None, context.image if is_input else None, None
    if layer is None or in_shapes is None:
        return layer, in_shapes, None, error
    taken, volume, reason = fit(layer, in_shapes)
    if volume and not (error or reason):
        reason = find_too_large(taken, in_shapes)
    return taken, in_shapes, volume, error or reason


def _in_shapes(
    written: LayerSpec, context: Context, outputs: Mapping[str, Volume]
) -> tuple[Volume, ...] | None:
    if written.inputs is None:
        return None
    if not written.inputs and not written.is_a("INPUT"):
        return (context.image,) if context.image else None
    found = [outputs.get(name) for name in written.inputs]
    known = tuple(volume for volume in found if volume)
    return known if len(known) == len(found) else None


def _infer_input(
    index: int,
    layer: Input,
    error: LayerError | None,
    in_shapes: tuple[Volume, ...] | None,
    blueprint: Blueprint,
) -> _Known:
    """An INPUT that is not the first layer is reported elsewhere, and passes on what it gets."""
    if index:
        return None, None, in_shapes[0] if in_shapes else None, None
    image = blueprint.contexts[index].image
    size = layer.out_shape(())
    if size.size > MAX_NUMBERS:
        return layer, (), None, too_large(size)
    if image and size != image:
        error = LayerError(
            f"INPUT is {size}, but the images of {blueprint.data or 'the data set'} are {image}.\n"
            f"Leave the size out, or write {image}.",
            field="size",
        )
    return layer, (), size, error
