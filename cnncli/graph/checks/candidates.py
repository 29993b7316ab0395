"""Changes of one hyperparameter with which a layer would fit its input, and how large they are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any, Literal, NamedTuple

from cnncli.geometry import Extent, Padding, Volume, reach
from cnncli.layers.base import Context, LayerError
from cnncli.layers.windows import Axis, Windowed, axes_of, window_geometry

_FARTHEST = 64
"""How far from the written value another one is looked for."""
_PADDINGS = 1_000
"""How many smaller paddings are tried."""


class Setting(NamedTuple):
    """A value for one hyperparameter of the layer `at` an index.

    written: what the file then has, where the value is computed from a constant. number: of that
    constant among those on which the value depends.
    """

    at: int
    field: str
    value: Any
    written: Any = None
    number: int = 0

    @property
    def constant(self) -> Any:
        """What the file then has."""
        return self.value if self.written is None else self.written

    def of(self, layer: Any) -> Any:
        """The layer with the value; what replaces a layer as a whole makes the new one itself."""
        if isinstance(self.value, Substitute):
            return self.value.instead_of(layer)
        return replace(layer, **{self.field: self.value})


class Substitute(ABC):
    """The value of a change that is no hyperparameter: another layer comes in this one's place."""

    @abstractmethod
    def instead_of(self, layer: Any) -> Any:
        """What stands there then."""


class Change(NamedTuple):
    """A value for one hyperparameter of the layer `at` an index.

    amount: how much of the map, or of the value, it changes; for ranking. note: what is lost or
    added. written, number: as of a Setting. also: values of others that must follow. is_order:
    whether it is the one that is written, with its numbers in another order.
    """

    at: int
    field: str
    value: Any
    amount: Fraction
    note: str = ""
    written: Any = None
    also: tuple[Setting, ...] = ()
    is_order: bool = False
    number: int = 0

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All values that it sets."""
        own = Setting(self.at, self.field, self.value, self.written, self.number)
        return (own, *self.also)

    @property
    def constant(self) -> Any:
        """What the file then has."""
        return self.settings[0].constant


WHOLE_CROP = Change(-2, "fit", "crop", Fraction(0))
"""`fit: crop` for the whole file."""


def candidates(at: int, layer: Any, context: Context, volume: Volume) -> list[Change]:
    """Changes with which a layer fits the volume, by its own rule, the smallest first."""
    attempt = _Attempt(at, layer, context, volume)
    found: list[Change] = []
    if isinstance(layer, Windowed):
        found += [*attempt.paddings(), *attempt.fits()]
    if all(hasattr(layer, name) for name in "FSP"):
        found += [*attempt.less_padding(), *attempt.numbers("F"), *attempt.numbers("S")]
    if hasattr(layer, "groups") and attempt.is_of_depths:
        found += attempt.groups()
    return sorted(found, key=lambda change: change.amount)


def is_padding_of(layer: Any, P: Padding | Literal["same"]) -> bool:
    """Whether a layer may have the padding: no side has more than its filter reaches over."""
    if not isinstance(layer, Windowed):
        return P != "same"
    F: Any = layer.F
    if P == "same" or F == "global":
        return P == "same"
    extent = reach(F, layer.dilation)
    return max(P.left, P.right) < extent.W and max(P.top, P.bottom) < extent.H


class _Attempt(NamedTuple):
    """A layer as written, that does not fit the volume."""

    at: int
    layer: Any
    context: Context
    volume: Volume

    def variant(self, **changed: Any) -> Any | None:
        """The layer with other values, complete; None where it does not fit with them."""
        try:
            layer = replace(self.layer, **changed).complete(self.context)
            layer.out_shape((self.volume,))
        except LayerError:
            return None
        return layer

    @property
    def is_of_depths(self) -> bool:
        """Whether it is its depths that do not fit, or anything but its window."""
        try:
            self.layer.complete(self.context).out_shape((self.volume,))
        except LayerError as error:
            return error.field not in ("F", "S", "P")
        return False

    def axes(self) -> tuple[Axis, Axis] | None:
        """The windows across and down, as the layer is written; None if that leaves them open."""
        written: Any = self.layer
        if not isinstance(written, Windowed):
            return None
        try:
            layer: Any = self.layer.complete(self.context)
        except LayerError:
            return None
        return None if layer.F == "global" or layer.P is None else axes_of(layer, self.volume)

    def paddings(self) -> Iterator[Change]:
        """The least padding that is more or less by whole places."""
        axes = self.axes()
        if axes is None:
            for P in ("same", Padding()):
                if self.variant(P=P):
                    yield Change(self.at, "P", P, Fraction(0))
            return
        for ways in (((False, False), (True, True)), ((False, True), (True, False))):
            found = [change for less in ways if (change := self._moved(axes, less))]
            yield from found
            if found:
                break

    def _moved(self, axes: tuple[Axis, Axis], less: tuple[bool, bool]) -> Change | None:
        """The padding with the last place across and down, or with the next one; None: none."""
        across, down = (_pad_to_places(*each) for each in zip(axes, less, strict=True))
        if not across or not down:
            return None
        amount = max(
            Fraction(abs(sum(pair) - axis.before - axis.after), axis.size)
            for axis, pair in zip(axes, (across, down), strict=True)
        )
        P = Padding(*across, *down)
        fits = amount and is_padding_of(self.layer, P) and self.variant(P=P)
        return Change(self.at, "P", P, amount) if fits else None

    def less_padding(self) -> Iterator[Change]:
        """The largest padding on all sides that is allowed, where the written one is too large."""
        written = self.layer.P
        F, S = (
            (1, 1) if isinstance(value, str) else value for value in (self.layer.F, self.layer.S)
        )
        most = max(size * s + f for size, s, f in zip(self.volume, S, F, strict=False))
        least = min(max(written), most) if isinstance(written, Padding) else 0
        for side in range(least - 1, max(least - _PADDINGS, 0) - 1, -1):
            P = Padding(side, side, side, side)
            if is_padding_of(self.layer, P) and self.variant(P=P):
                amount = Fraction(max(written) - side, min(self.volume[:2]))
                yield Change(self.at, "P", P, amount)
                break

    def fits(self) -> Iterator[Change]:
        """What `fit` would make of it: pad to the next whole place, or crop to the last one."""
        axes = self.axes()
        for fit in ("pad", "crop"):
            layer = self.variant(fit=fit)
            if axes and layer:
                P = window_geometry(layer, self.volume).P
                more = P.right - axes[0].after, P.bottom - axes[1].after
                if fit == "pad" and min(more) < 0:  # no window begins outside: it is `crop` then
                    continue
                columns, rows = map(abs, more)
                amount = max(Fraction(columns, self.volume.W), Fraction(rows, self.volume.H))
                note = f"{'adds' if fit == 'pad' else 'drops'} {rows_and_columns(rows, columns)}"
                yield Change(self.at, "fit", fit, amount, note)

    def numbers(self, field: str) -> Iterator[Change]:
        """The nearest smaller and larger extent or stride that fits; no pixel is left unseen."""
        written: Extent | str = getattr(self.layer, field)
        if isinstance(written, str):
            return
        axes = self.axes()
        wrong = [axis.places < 1 or axis.places.denominator != 1 for axis in axes or ()]
        square = written.W == written.H
        moves = [True, True] if square or not any(wrong) else wrong
        for sign in (-1, 1):
            for distance in range(1, _FARTHEST):
                value = Extent(
                    *(n + sign * distance * move for n, move in zip(written, moves, strict=True))
                )
                F = self.layer.F
                unseen = field == "S" and F != "global" and (value.W > F.W or value.H > F.H)
                if min(value) < 1 or unseen:
                    break
                if self.variant(**{field: value}):
                    least = min(n for n, move in zip(written, moves, strict=True) if move)
                    amount = Fraction(distance, least)
                    yield Change(self.at, field, value, amount)
                    break

    def groups(self) -> Iterator[Change]:
        """The nearest number of groups, and of filters, that divides."""
        for field, sign in product(("groups", "K"), (-1, 1)):
            written = getattr(self.layer, field, None)
            if not isinstance(written, int):
                continue
            for distance in range(1, _FARTHEST):
                value = written + sign * distance
                if value >= 1 and self.variant(**{field: value}):
                    yield Change(self.at, field, value, Fraction(distance, written))
                    break


def _pad_to_places(axis: Axis, less: bool) -> tuple[int, int] | None:
    """The padding of both sides with the next whole place, or with the last one; None: negative."""
    room = axis.size - axis.F + axis.before + axis.after
    if room >= 0 and room % axis.S == 0:
        return axis.before, axis.after
    if room < 0 and less:
        return None
    change = -(room % axis.S) if less else -room if room < 0 else -room % axis.S
    total = axis.before + axis.after + change
    return (total // 2, total - total // 2) if total >= 0 else None


def rows_and_columns(rows: int, columns: int) -> str:
    """`2 rows and 1 column`, without what is none."""
    counted = ((rows, "row"), (columns, "column"))
    return " and ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counted if n > 0)
