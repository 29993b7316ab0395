"""Operators that compute nothing: the same numbers in other shapes, and in another order."""

from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.geometry import Extent, Volume
from cnncli.layers.base import Layer
from cnncli.layers.rearrange import DepthToSpace, Shuffle, SpaceToDepth
from cnncli.layers.reshape import Flatten

from .read_functions import numbers_of

Order = Literal["places", "channels"]
_TURNS = {("map", (0, 2, 3, 1)): "last", ("last", (0, 3, 1, 2)): "map"}
_PIXELS = {
    ("Squeeze", "map", 2, 3): "flat",
    ("Squeeze", "map", 3): "line",
    ("Squeeze", "map", 2): "line",
    ("Squeeze", "line", 2): "flat",
    ("Unsqueeze", "flat", 2, 3): "map",
    ("Unsqueeze", "flat", 2): "line",
    ("Unsqueeze", "line", 2): "map",
    ("Unsqueeze", "line", 3): "map",
}
"""What becomes of vectors, by the axes of one pixel that go or come."""


class View(NamedTuple):
    """A map's numbers in more axes: their sizes, and in which order they have been put since."""

    sizes: tuple[int, ...]
    order: tuple[int, ...]

    def layer(self, volume: Volume, out: list[int]) -> Layer | None:
        """What does the same to a volume, where it becomes D, H, W of `out`; None: no layer."""
        W, H, D = volume
        if len(out) != 3:
            return None
        down, across = (
            max(a, b) // max(min(a, b), 1) for a, b in zip((H, W), out[1:], strict=True)
        )
        S, wider = Extent(across, down), out[2] > W or out[1] > H
        depth = out[0]
        known: dict[tuple[tuple[int, ...], tuple[int, ...]], Layer] = {
            ((self.sizes[0], D // self.sizes[0], H, W), (1, 0, 2, 3)): Shuffle(groups=self.sizes[0])
        }
        if wider:
            channels: Layer = DepthToSpace(S=S, order="channels")
            known[(depth, down, across, H, W), (0, 3, 1, 4, 2)] = channels
            known[(down, across, depth, H, W), (2, 3, 0, 4, 1)] = DepthToSpace(S=S)
        else:
            sizes = (D, H // down, down, W // across, across)
            known[sizes, (0, 2, 4, 1, 3)] = SpaceToDepth(S=S, order="channels")
            known[sizes, (2, 4, 0, 1, 3)] = SpaceToDepth(S=S)
        return known.get((self.sizes, self.order))


@reads("Flatten")
def _flatten(parts: Parts, step: Step) -> Tensor:
    axis = step.attributes.get("axis", 1)
    x = numbers_of(parts, step)
    if x.axis(axis) != 1:
        raise parts.refuse(step, f"makes flat from the axis {axis} on, and not each image")
    return _flat(parts, step, x)


def _flat(parts: Parts, step: Step, x: Tensor) -> Tensor:
    """With the channels last it is a layer; else the order of rows of the next product."""
    if x.form == "last":
        return parts.add(step, Flatten(), x, form="flat")
    return x._replace(form="flat")


@reads("Reshape")
def _reshape(parts: Parts, step: Step) -> Tensor:
    """To a vector for each image, to groups of channels, and back."""
    x = parts.tensor(step)
    shape = [int(n) for n in parts.constant(step, 1).reshape(-1)]
    W, H, D = x.volume
    if len(shape) < 2:
        raise parts.refuse(step, f"makes the shape {shape} of the images")
    inner = _inner(parts, step, x, shape)
    if x.form in ("map", "flat", "last") and inner == [x.volume.size]:
        return _flat(parts, step, x) if x.form != "flat" else x
    if x.form == "flat" and inner == [D, H, W]:
        return x._replace(form="map")
    if x.form == "map" and inner == [D, H, W]:
        return x
    if x.form == "map" and len(inner) > 3:
        return x._replace(form="view", note=View(tuple(inner), tuple(range(len(inner)))))
    if x.form == "view" and (layer := x.note.layer(x.volume, inner)):
        return parts.add(step, layer, x._replace(form="map", note=None))
    if x.form == "map" and len(inner) == 2 and D % inner[0] == 0:
        return x._replace(form="lines", note=inner[0])
    if x.form == "lines" and inner == [D, H, W]:
        return x._replace(form="map", note=None)
    raise parts.refuse(step, f"makes the shape {shape} of volumes {x.volume}")


def _inner(parts: Parts, step: Step, x: Tensor, shape: list[int]) -> list[int]:
    """The shape without the images' axis, with 0 and -1 resolved."""
    W, H, D = x.volume
    own = {
        "map": [D, H, W],
        "flat": [x.volume.size],
        "last": [H, W, D],
    }.get(x.form, [])
    if x.form == "lines":
        own = [x.note, x.volume.size // x.note]
    copies = not step.attributes.get("allowzero", 0)
    inner = [
        own[at] if n == 0 and copies and at < len(own) else n for at, n in enumerate(shape[1:])
    ]
    known = prod(n for n in inner if n != -1)
    if inner.count(-1) == 1 and known > 0:
        inner[inner.index(-1)] = x.volume.size // known
    elif shape[0] not in (-1, 0, 1) and -1 in inner:
        raise parts.refuse(step, f"makes the shape {shape}, which mixes images")
    if min(inner, default=1) < 1:
        raise parts.refuse(step, f"makes the shape {shape} of volumes {x.volume}")
    return inner


@reads("Squeeze", "Unsqueeze")
def _squeeze(parts: Parts, step: Step) -> Tensor:
    """Axes of one pixel that go or come."""
    axes = step.attributes.get("axes")
    if axes is None:
        axes = parts.constant(step, 1, ()).reshape(-1).tolist()
    x = parts.tensor(step)
    count = x.axes if step.operator == "Squeeze" else x.axes + len(axes)
    form = _PIXELS.get((step.operator, x.form, *sorted(axis % count for axis in axes)))
    if not x.is_vector or not form:
        raise parts.refuse(step, f"has the axes {axes}, and not height and width of one pixel")
    return x._replace(form=form)


@reads("Transpose")
def _transpose(parts: Parts, step: Step) -> Tensor:
    x, perm = parts.tensor(step), tuple(step.attributes.get("perm", ()))
    if x.form == "flat" and perm == (0, 1):
        return x
    if x.form == "view" and perm[:1] == (0,) and len(perm) == x.axes:
        order = tuple(x.note.order[axis - 1] for axis in perm[1:])
        return x._replace(note=x.note._replace(order=order))
    form = _TURNS.get((x.form, perm))
    if form is None:
        raise parts.refuse(step, f"has the order {list(perm)}, which no layer has")
    return x._replace(form=form)


@reads("Shape")
def _shape(parts: Parts, step: Step) -> Any:
    """As a constant, with 0 for the number of images: what Reshape takes for the same."""
    x = numbers_of(parts, step)
    W, H, D = x.volume
    sizes = {"map": [0, D, H, W], "last": [0, H, W, D], "flat": [0, x.volume.size]}[x.form]
    first, end = step.attributes.get("start", 0), step.attributes.get("end", len(sizes))
    parts.constants[step.outputs[0]] = np.array(sizes[first:end], np.int64)
    return []


@reads("DepthToSpace", "SpaceToDepth")
def _blocks(parts: Parts, step: Step) -> Tensor:
    x, size = parts.map_of(step, parts.tensor(step)), step.attributes.get("blocksize", 1)
    S = Extent(size, size)
    order: Order = "channels" if step.attributes.get("mode", "DCR") == "CRD" else "places"
    if step.operator == "SpaceToDepth":
        return parts.add(step, SpaceToDepth(S=S, order=order), x)
    return parts.add(step, DepthToSpace(S=S, order=order), x)
