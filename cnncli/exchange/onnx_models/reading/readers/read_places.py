"""Operators that compute nothing: volumes cut, padded, repeated."""

from typing import Literal

import numpy as np

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.geometry import Extent, Padding
from cnncli.layers.cut import Channels, Crop, Split
from cnncli.layers.reshape import Pad, Upsample

_PADS: dict[str, Literal["zero", "reflect", "edge"]] = {
    "constant": "zero",
    "reflect": "reflect",
    "edge": "edge",
}


@reads("Slice")
def _cut(parts: Parts, step: Step) -> Tensor:
    """Some channels, or a part of the map."""
    x = parts.map_of(step, parts.tensor(step))
    firsts, ends, axes, steps = _ranges(parts, step)
    sizes = {1: x.volume.D, 2: x.volume.H, 3: x.volume.W}
    found = {axis: (0, size) for axis, size in sizes.items()}
    for first, end, axis, stride in zip(firsts, ends, axes, steps, strict=True):
        place = x.axis(axis)
        if stride != 1 or place == 0:
            raise parts.refuse(step, "takes every second pixel, or some of the images")
        begin, stop, _ = slice(first, end).indices(sizes[place])
        found[place] = (begin, stop)
    if any(stop <= begin for begin, stop in found.values()):
        raise parts.refuse(step, "leaves nothing")
    (front, back), (top, bottom), (left, right) = (found[axis] for axis in (1, 2, 3))
    y = x
    if (front, back) != (0, x.volume.D):
        y = parts.add(step, Split(channels=Channels(front, back - 1)), y)
    P = Padding(left, x.volume.W - right, top, x.volume.H - bottom)
    return parts.add(step, Crop(P=P), y) if Padding() != P else y


def _ranges(parts: Parts, step: Step) -> tuple[list[int], ...]:
    """Firsts, ends, axes and steps: attributes up to opset 9, inputs later."""
    given = step.attributes
    if "starts" in given:
        firsts, ends = given["starts"], given["ends"]
        return firsts, ends, given.get("axes", list(range(len(firsts)))), [1] * len(firsts)
    firsts, ends = (parts.constant(step, place).reshape(-1).tolist() for place in (1, 2))
    axes = parts.constant(step, 3, range(len(firsts))).reshape(-1).tolist()
    steps = parts.constant(step, 4, [1] * len(firsts)).reshape(-1).tolist()
    if not len(firsts) == len(ends) == len(axes) == len(steps):
        raise parts.refuse(step, "has not as many ends as beginnings")
    return firsts, ends, axes, steps


@reads("Split")
def _split(parts: Parts, step: Step) -> list[Tensor]:
    """Several layers, which each read the whole."""
    x, count = parts.map_of(step, parts.tensor(step)), len(step.outputs)
    if x.axis(step.attributes.get("axis", 0)) != 1:
        raise parts.refuse(step, "does not cut the channels")
    sizes = step.attributes.get("split")
    if sizes is None and parts.has(step, 1):
        sizes = parts.constant(step, 1).reshape(-1).tolist()
    each = -(-x.volume.D // count)
    sizes = sizes or [each] * (count - 1) + [x.volume.D - each * (count - 1)]
    if len(sizes) != count or sum(sizes) != x.volume.D or min(sizes) < 1:
        raise parts.refuse(step, f"cuts {x.volume.D} channels into {sizes}")
    ends = np.cumsum(sizes).tolist()
    return [
        parts.add(step, Split(channels=Channels(end - size, end - 1)), x)
        for size, end in zip(sizes, ends, strict=True)
    ]


@reads("Pad")
def _pad(parts: Parts, step: Step) -> Tensor:
    x, given = parts.map_of(step, parts.tensor(step)), step.attributes
    pads = given.get("pads")
    if pads is None:
        pads = parts.constant(step, 1).reshape(-1).tolist()
    value = parts.number(step, "value", 2, 0.0)
    mode = _PADS.get(given.get("mode", "constant"))
    if parts.has(step, 3):
        axes = [axis % 4 for axis in parts.constant(step, 3).reshape(-1).tolist()]
        half = len(pads) // 2
        full = [0] * 8
        for at, axis in enumerate(axes):
            full[axis], full[axis + 4] = pads[at], pads[half + at]
        pads = full
    if len(pads) != 8 or min(pads) < 0 or pads[0] or pads[4] or value or mode is None:
        raise parts.refuse(step, "pads with other numbers than zeros, or other axes")
    _, front, top, left, _, back, bottom, right = pads
    layer = Pad(P=Padding(left, right, top, bottom), mode=mode, front=front, back=back)
    if mode != "zero" and (front or back):
        raise parts.refuse(step, "repeats channels")
    return parts.add(step, layer, x)


@reads("Resize", "Upsample")
def _resize(parts: Parts, step: Step) -> Tensor:
    """By whole factors; `Upsample` is what it was called up to opset 9."""
    x, given = parts.map_of(step, parts.tensor(step)), step.attributes
    is_old = step.operator == "Upsample" or len(step.inputs) == 2
    factors = _factors(parts, step, x, is_old)
    if len(factors) != 4 or tuple(factors[:2]) != (1, 1) or any(f < 1 or f % 1 for f in factors):
        raise parts.refuse(step, "is by no whole factors of height and width")
    S = Extent(int(factors[3]), int(factors[2]))
    mode = given.get("mode", "nearest")
    way = given.get("coordinate_transformation_mode", "asymmetric" if is_old else "half_pixel")
    is_nearest = mode == "nearest" and (
        is_old
        or (way, given.get("nearest_mode", "round_prefer_floor"))
        in {
            ("asymmetric", "floor"),
            ("half_pixel", "round_prefer_floor"),
            ("half_pixel", "round_prefer_ceil"),
        }
    )
    if is_nearest:
        return parts.add(step, Upsample(S=S), x)
    if mode == "linear" and way in ("half_pixel", "pytorch_half_pixel"):
        return parts.add(step, Upsample(S=S, mode="bilinear"), x)
    raise parts.refuse(step, f"is {mode} by {way}, which no layer is")


def _factors(parts: Parts, step: Step, x: Tensor, is_old: bool) -> list[float]:
    if "scales" in step.attributes:
        return [float(f) for f in step.attributes["scales"]]
    if step.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise parts.refuse(step, "keeps proportions, and not the size that it is given")
    own = [1, x.volume.D, x.volume.H, x.volume.W]
    axes = [axis % 4 for axis in step.attributes.get("axes", range(4))]
    place, is_size = (1 if is_old else 2), False
    if not (parts.has(step, place) and parts.constant(step, place).size):
        place, is_size = 3, True
    given = parts.constant(step, place, ()).reshape(-1).tolist()
    if len(given) != len(axes):
        return []
    factors = [1.0] * 4
    for axis, number in zip(axes, given, strict=True):
        factors[axis] = number / own[axis] if is_size and axis else float(number)
    return [1.0, *factors[1:]] if is_size else factors
