"""The layers of a network as they come out of a model, one after another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_NUMBERS
from cnncli.errors import DataError
from cnncli.exchange.as_yaml.part import Part
from cnncli.geometry import Volume
from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.input import Input
from cnncli.lazy import Array
from cnncli.scan import modules
from cnncli.schema.validation import serialise, validate
from cnncli.text import short

from .layer_names import LayerNames
from .model_file import Model, Step, refused

INPUT = "input1"


class Tensor(NamedTuple):
    """A value of the model: what a layer gives, and how its numbers lie there.

    form: `map` (N, C, H, W); `flat` (N, C*H*W), with C, H and W in this order; `last` (N, H, W, C);
    `line` (N, C, 1); `lines` (N, groups, all of a group), of which note is the number of groups;
    `view`, of which note has the axes; or a part of a function that only a later operator
    completes, of which note has the form of what it is of.
    """

    layer: str
    volume: Volume
    form: str = "map"
    note: Any = None

    @property
    def is_vector(self) -> bool:
        """Whether each image has one number for each channel."""
        return self.volume[:2] == (1, 1)

    @property
    def axes(self) -> int:
        """How many it has in the model."""
        if self.form == "view":
            return 1 + len(self.note.sizes)
        return {"flat": 2, "line": 3, "lines": 3}.get(self.form, 4)

    def axis(self, number: int) -> int:
        """An axis counted from the first, which may be given from behind."""
        return number % self.axes


class Parts:
    """What has been read of a model so far."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.constants: dict[str, NDArray[Any]] = dict(model.constants)
        self.tensors = {model.images: Tensor(INPUT, model.volume)}
        self.parts: dict[str, Part] = {
            INPUT: Part(INPUT, Input(size=model.volume), (), {}),
        }
        self.uses = Counter(name for step in model.steps for name in step.inputs)
        """How many operators read a value."""
        self.shared: set[str] = set()
        """Layers whose numbers several operators read, under one name or several."""
        self.computed = 0
        """Numbers of constants that are not in the file itself."""
        self._names = LayerNames([INPUT])

    def refuse(self, step: Step, reason: str) -> DataError:
        """The error of an operator; the reason goes on after its name."""
        return refused(self.model.path, step.name, step.operator, reason)

    def has(self, step: Step, place: int) -> bool:
        """Whether an input, which may be left out, is given."""
        return len(step.inputs) > place and bool(step.inputs[place])

    def tensor(self, step: Step, place: int = 0) -> Tensor:
        """An input that depends on the images."""
        name = step.inputs[place] if self.has(step, place) else "nothing"
        if name not in self.tensors:
            reason = f"reads {short(name)}, which nothing before it makes of the images"
            raise self.refuse(step, reason)
        return self.tensors[name]

    def constant(self, step: Step, place: int, usual: Any = None) -> NDArray[Any]:
        """An input that is constant; what is usual where it is left out."""
        if not self.has(step, place):
            return np.asarray(usual)
        found = self.constants.get(step.inputs[place])
        if found is None:
            name = short(step.inputs[place])
            raise self.refuse(step, f"reads {name}, which has to be constant, and is not")
        return found

    def number(self, step: Step, name: str, place: int, usual: float) -> float:
        """An attribute, or in later versions of ONNX an input, that is one number."""
        given = step.attributes.get(name)
        array = self.constant(step, place, usual) if given is None else np.asarray(given)
        if array.size != 1:
            raise self.refuse(step, f"has {array.size} numbers for {name}, which is one")
        return float(array.reshape(-1)[0])

    def is_constant(self, step: Step, place: int) -> bool:
        return self.has(step, place) and step.inputs[place] in self.constants

    def map_of(self, step: Step, x: Tensor) -> Tensor:
        """x, if its channels are the second axis."""
        if x.form == "map" or (x.form == "flat" and x.is_vector):
            return x
        raise self.refuse(step, "reads numbers in an order that no layer has")

    def add(
        self, step: Step, layer: Layer, *xs: Tensor, form: str | None = None, **arrays: Any
    ) -> Tensor:
        """One more layer, and what it gives, in the form of the first input.

        Raises DataError where it does not fit its inputs, or its arrays do not fit the layer.
        """
        shapes = [x.volume for x in xs]
        _, problems = validate(type(layer), serialise(type(layer), layer), layer.kind)
        if problems:
            raise self.refuse(step, f"does not fit: {problems[0].message}")
        try:
            layer = layer.complete(Context(image=self.model.volume))
            out = layer.out_shape(shapes)
            expected = {
                **{name: param.shape for name, param in layer.param_shapes(shapes).items()},
                **{name: state.shape for name, state in layer.state_shapes(shapes).items()},
            }
        except LayerError as error:
            reason = " ".join(str(error).split("\n")[0].split()).rstrip(".")
            raise self.refuse(step, f"does not fit: {reason}") from None
        if max(map(prod, expected.values()), default=0) > MAX_NUMBERS or out.size > MAX_NUMBERS:
            raise self.refuse(step, "has more numbers than are possible")
        found: dict[str, Array] = {}
        for name, shape in expected.items():
            array = np.asarray(arrays[name])
            if array.size != prod(shape) or array.dtype.kind not in "fiu":
                has = "x".join(map(str, array.shape)) or "one"
                needs = "x".join(map(str, shape))
                raise self.refuse(step, f"has {has} numbers for {name}, which is {needs} here")
            found[name] = np.ascontiguousarray(array.reshape(shape), np.float32)
        name = self._names.new(step.name, step.operator, layer.kind)
        self.parts[name] = Part(name, layer, tuple(x.layer for x in xs), found)
        return Tensor(name, out, form or xs[0].form)

    def part_of(self, x: Tensor) -> Part:
        """The layer that gives a value."""
        return self.parts[x.layer]

    def same_number(self, step: Step, place: int) -> float | None:
        """A constant of which all numbers are one; None: it is none."""
        if not self.is_constant(step, place):
            return None
        array = self.constant(step, place)
        if array.size == 0 or not np.all(array == array.flat[0]):
            return None
        return float(array.flat[0])

    def per_channel(self, step: Step, place: int, x: Tensor) -> Array | None:
        """A constant with one number for each channel of x, or one for all; None: another one."""
        array = self.constant(step, place)
        axis = {"map": 1, "flat": 1, "last": 3}.get(x.form)
        rank = 2 if x.form == "flat" else 4
        if axis is None or (x.form == "flat" and not x.is_vector) or array.ndim > rank:
            return None
        shape = [1] * (rank - array.ndim) + list(array.shape)
        if shape[:axis] != [1] * axis or any(n != 1 for n in shape[axis + 1 :]):
            return None
        if shape[axis] not in (1, x.volume.D):
            return None
        return np.array(np.broadcast_to(array.reshape(-1), x.volume.D), np.float32)


Reader: TypeAlias = Callable[[Parts, Step], "Tensor | Sequence[Tensor]"]
_READERS: dict[str, Reader] = {}


def reads(*operators: str) -> Callable[[Reader], Reader]:
    """Notes what reads these operators."""

    def note(reader: Reader) -> Reader:
        _READERS.update(dict.fromkeys(operators, reader))
        return reader

    return note


def readers() -> Mapping[str, Reader]:
    """What is found in the folder `readers`, by operator."""
    for _ in modules(f"{__package__}.readers"):
        pass
    return _READERS


def read_step(parts: Parts, step: Step) -> None:
    """Notes what a step gives. Raises DataError where it cannot be said here."""
    reader = readers().get(step.operator)
    if reader is None:
        raise parts.refuse(step, "has no layer here that does the same")
    try:
        found = reader(parts, step)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise parts.refuse(step, "has attributes or inputs that do not go together") from None
    tensors = [found] if isinstance(found, Tensor) else found
    # of others, like the mask of a Dropout, whoever reads them is refused
    for name, tensor in zip(step.outputs, tensors, strict=False):
        parts.tensors[name] = tensor
        if parts.uses[name] > 1:
            parts.shared.add(tensor.layer)
