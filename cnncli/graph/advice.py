"""What to write instead where a window does not fit: every remedy is tried before it is named."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import gcd
from typing import Any, NamedTuple, TypeGuard

from cnncli.kernels.geometry import Extent, Padding, places
from cnncli.layers.base import LayerError
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.windows import Windowed, geometry

from .network import Node


def is_windowed(layer: Any) -> TypeGuard[Windowed]:
    """Whether the layer slides a window, and so may not fit its input."""
    return all(hasattr(layer, field) for field in ("F", "S", "P", "fit"))


def remedies(layer: Any, volume: Volume, before: Sequence[Node]) -> str:
    """What would fit, as lines that begin with a line break; empty for a layer without a window.

    `before` are the nodes in front of the layer, in order, the image first.
    """
    if not is_windowed(layer) or not isinstance(layer.P, Padding):
        return ""
    misfit = _Misfit(layer, volume, layer.P)
    first = not any(is_windowed(node.layer) for node in before)
    maps = _inputs(misfit, "input" if first else "input map")
    if misfit.too_large:
        fitting = [*maps, *_extents(misfit), *_paddings(misfit), *_without(misfit, before)]
        return f"\nThese fit: {'; '.join(fitting)}." if fitting else ""
    if layer.fit != "strict" or misfit.missing() == [0, 0]:
        return ""  # the size rule is kept, and the layer has another fault
    fitting = [*maps, *_paddings(misfit), *_strides(misfit)]
    rest = " or ".join(_rest(misfit))
    lines = [f"These fit: {'; '.join(fitting)}"] if fitting else []
    lines += [f"or say what to do with the rest: {rest}"] if rest else []
    return "\n" + ";\n".join(lines) + "." if lines else ""


class _Misfit(NamedTuple):
    """A window layer, the volume that it does not fit, and its padding."""

    layer: Any
    volume: Volume
    P: Padding

    @property
    def axes(self) -> list[tuple[int, int, int, int]]:
        """(size, extent, stride, padding of both sides) across and down."""
        pads = (self.P.left + self.P.right, self.P.top + self.P.bottom)
        return list(zip(self.volume[:2], self.layer.F, self.layer.S, pads, strict=True))

    @property
    def too_large(self) -> bool:
        """Whether the window is larger than the padded map."""
        return any(places(*axis) < 1 for axis in self.axes)

    def missing(self) -> list[int]:
        """Pixels that would have to be added in each axis to fill whole places, at least one."""
        return [(short := max(f - w - p, 0)) + -(w - f + p + short) % s for w, f, s, p in self.axes]

    def written(self, text: str, layer: Any = None, volume: Volume | None = None) -> Iterator[str]:
        """The remedy with its places, if the layer's own size rule takes it."""
        try:
            out = (layer or self.layer).out_shape((volume or self.volume,))
        except LayerError:
            return
        yield f"{text} ({Extent(out.W, out.H)})"


def _inputs(misfit: _Misfit, what: str) -> Iterator[str]:
    """The next larger map and, if the window is not too large, the next smaller one."""
    across, down = misfit.missing()
    W, H, D = misfit.volume
    sizes = [Extent(W + across, H + down)]
    if not misfit.too_large:
        sizes.append(Extent(*(w - (w - f + p) % s for w, f, s, p in misfit.axes)))
    for size in sizes:
        if min(size) >= 1:
            yield from misfit.written(f"{what} {size.W}x{size.H}", volume=Volume(*size, D))


def _paddings(misfit: _Misfit) -> Iterator[str]:
    """The least padding that fits; an odd pixel goes to the right and the bottom."""
    across, down = misfit.missing()
    P = misfit.P
    if across:
        total = P.left + P.right + across
        P = P._replace(left=total // 2, right=total - total // 2)
    if down:
        total = P.top + P.bottom + down
        P = P._replace(top=total // 2, bottom=total - total // 2)
    text = f"P: {P}" if str(P).startswith("{") else f"P={P}"
    yield from misfit.written(text, replace(misfit.layer, P=P))


def _strides(misfit: _Misfit) -> Iterator[str]:
    """The nearest stride that fits and leaves no pixel unseen, changed where it does not fit."""
    F, S = misfit.layer.F, misfit.layer.S
    across, down = (w - f + p for w, f, _, p in misfit.axes)
    if S.W == S.H:
        nearest = _nearest_divisor(gcd(across, down), S.W, min(F))
        stride = Extent(nearest, nearest)
    else:
        stride = Extent(
            _nearest_divisor(across, S.W, F.W) if across % S.W else S.W,
            _nearest_divisor(down, S.H, F.H) if down % S.H else S.H,
        )
    yield from misfit.written(f"S={stride}", replace(misfit.layer, S=stride))


def _nearest_divisor(number: int, wanted: int, largest: int) -> int:
    divisors = (n for n in range(1, largest + 1) if number % n == 0)
    return min(divisors, key=lambda n: abs(n - wanted))


def _extents(misfit: _Misfit) -> Iterator[str]:
    """The largest window that fits on the padded map."""
    F = Extent(*(min(f, w + p) for w, f, _, p in misfit.axes))
    yield from misfit.written(f"F={F}", replace(misfit.layer, F=F))


def _without(misfit: _Misfit, before: Sequence[Node]) -> Iterator[str]:
    """Leaving out the last layer before this one that makes maps smaller and learns nothing."""
    for i in range(len(before) - 1, -1, -1):
        node = before[i]
        if is_windowed(node.layer) and not node.params:
            try:
                (volume,) = node.in_shapes
                for later in before[i + 1 :]:
                    volume = later.layer.out_shape((volume,))
            except LayerError:
                return
            yield from misfit.written(f"leaving out {node.name!r}", volume=volume)
            return


def _rest(misfit: _Misfit) -> Iterator[str]:
    """What `fit` would make of it: pad to the next whole place, or crop to the last one."""
    for fit, verb in (("pad", "adds"), ("crop", "drops")):
        layer = replace(misfit.layer, fit=fit)
        for text in misfit.written(f"fit: {fit}", layer):
            P = geometry(layer, misfit.volume).P
            rows, columns = abs(P.bottom - misfit.P.bottom), abs(P.right - misfit.P.right)
            pixels = str(rows) if fit == "pad" and rows == columns else _pixels(rows, columns)
            yield f"{text.removesuffix(')')}, {verb} {pixels})"


def _pixels(rows: int, columns: int) -> str:
    counted = ((rows, "row"), (columns, "column"))
    return " and ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counted if n)
