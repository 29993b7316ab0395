"""A CONV of 1x1 on the shortcut of a sum, which gives it the depth and the map of the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from cnncli.config.specification import LayerSpec
from cnncli.geometry import Extent, Volume
from cnncli.layers.base import Context, Param, Shapes
from cnncli.layers.conv import Conv

from .candidates import Change, Substitute

_SHARPEST = 64
"""The largest stride of a new layer."""
_ONE = Extent(1, 1)


@dataclass(frozen=True)
class Inserted(Substitute):
    """A new layer between a join and one of its inputs, counted from 0, as in a pattern."""

    number: int
    text: str
    P: Any
    """Its padding: none, or `same`."""

    def instead_of(self, layer: Any) -> "Through":
        return Through(layer, self.number, self.P)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Through:
    """A sum, one of whose inputs goes through the new layer first; for inferring shapes."""

    join: Any
    number: int
    P: Any
    context: Context = Context()
    is_classifier = False
    is_join = True
    is_activation = False

    def complete(self, context: Context) -> "Through":
        return replace(self, join=self.join.complete(context), context=context)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """That of the other inputs. Raises LayerError where no such layer makes this one equal."""
        shapes = list(in_shapes)
        if self.number < len(shapes) > 1:
            given = shapes.pop(self.number)
            layer = shortcut(given, shapes[0], self.P)
            shapes.append(layer.complete(self.context).out_shape((given,)) if layer else given)
        joined: Volume = self.join.out_shape(tuple(shapes))
        return joined

    def param_shapes(self, in_shapes: Shapes) -> Mapping[str, Param]:
        """The arrays of the new layer."""
        given = in_shapes[self.number] if self.number < len(in_shapes) > 1 else None
        other = in_shapes[1 if self.number == 0 else 0]
        layer = shortcut(given, other, self.P) if given else None
        return layer.complete(self.context).param_shapes((given,)) if layer and given else {}


class Around(NamedTuple):
    """What is known of a sum that does not fit.

    at: its index. copies: all layers with its text. branches: for each of its inputs the layers
    that are not above all of them. givers: for each the layer whose K is its depth, if any.
    """

    layers: Sequence[LayerSpec]
    at: int
    copies: Sequence[int]
    branches: Sequence[Sequence[int]]
    givers: Sequence[int | None]


def shortcuts(
    around: Around, infer: Callable[[Change], Sequence[Shapes | None]]
) -> Iterator[Change]:
    """New layers in the shortest branch, or in several of them, with which the sum fits.

    infer: gives the shapes of all inputs with a change, none where the sum does not fit.
    """
    least = min(map(len, around.branches))
    for number, branch in enumerate(around.branches):
        if len(branch) > least:
            continue
        for P in (None, "same"):
            change = Change(around.at, "from", Inserted(number, "", P), Fraction(1))
            if text := _text(around, infer(change), number, P):
                yield change._replace(value=Inserted(number, text, P))
                break


def shortcut(given: Volume, wanted: Volume, P: Any) -> Conv | None:
    """The layer that makes one volume of another; None where no stride does."""
    strides = [_stride(*pair) for pair in zip(given[:2], wanted[:2], strict=True)]
    if not all(strides):
        return None
    return Conv(K=wanted.D, F=_ONE, S=Extent(*(stride or 1 for stride in strides)), P=P)


def _stride(size: int, wanted: int) -> int | None:
    return next((s for s in range(1, _SHARPEST + 1) if -(-size // s) == wanted), None)


def _text(around: Around, shapes: Sequence[Shapes | None], number: int, P: Any) -> str:
    """The layer as it is written, by the names of a block's parameters where the others are.

    Empty where one text cannot say what every use of the block needs.
    """
    layers: dict[int, Conv] = {}
    for at in around.copies if shapes else ():
        inputs = shapes[at] or ()
        layer = shortcut(inputs[number], _others(inputs, number)[0], P) if inputs else None
        if layer is None:
            return ""
        layers[at] = layer
    if not layers:
        return ""
    K = _common(around, layers, "K", _others(around.givers, number))
    strided = [at for branch in _others(around.branches, number) for at in branch]
    S = _common(around, layers, "S", strided)
    if K is None or S is None:
        return ""
    arguments = [f"K={K}"] if not K.isdecimal() else []
    arguments += [f"S={S}"] if S != "1" else []
    arguments += [f"P={P}"] if P else []
    head = f"CONV1-{K}" if K.isdecimal() else "CONV1"
    return f"{head}({', '.join(arguments)})" if arguments else head


def _others(each: Sequence[Any], number: int) -> list[Any]:
    return [value for at, value in enumerate(each) if at != number and value is not None]


def _common(
    around: Around, needed: dict[int, Conv], field: str, sources: Sequence[int]
) -> str | None:
    """A hyperparameter of the new layer: a formula that another one has too, or a number.

    None where neither is right in every use of the block.
    """
    for source in sources:
        written = around.layers[source]
        formula = written.formulas.get(field)
        if formula and all(
            getattr(_beside(around, at, source), field, None) == getattr(layer, field)
            for at, layer in needed.items()
        ):
            return formula
    values = {getattr(layer, field) for layer in needed.values()}
    return str(values.pop()) if len(values) == 1 else None


def _beside(around: Around, at: int, source: int) -> Any:
    """The layer with the text of `source` in the use of the block that another layer stands in."""
    where, text = around.layers[at].row, around.layers[source]
    for written in reversed(around.layers[:at]):
        if (written.place, written.site) == (text.place, text.site) and written.row and where:
            return written.layer if written.row.scope == where.scope else None
    return None
