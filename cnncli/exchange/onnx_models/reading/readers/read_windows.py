"""Operators that give one number for each window of each channel; and where windows lie."""

from collections.abc import Sequence
from typing import Any, Literal

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.geometry import Extent, Padding
from cnncli.layers.fields import Fit
from cnncli.layers.pool import Pool
from cnncli.layers.windows import same_padding

Mode = Literal["max", "average", "L2"]
_MODES: dict[str, Mode] = {"Max": "max", "Average": "average", "Lp": "L2"}


def both(values: Sequence[int] | None, usual: int = 1) -> Extent:
    """Height and width as they stand in an attribute."""
    down, across = values if values and len(values) == 2 else (usual, usual)
    return Extent(across, down)


def padding(
    parts: Parts, step: Step, extent: Extent, S: Extent, x: Tensor
) -> Padding | Literal["same"]:
    """What is padded, or of a transposed convolution cut off."""
    auto = step.attributes.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        return "same"
    if auto == "SAME_LOWER":
        right, left, bottom, top = same_padding(Extent(*x.volume[:2]), extent, S)
        return Padding(left, right, top, bottom)
    pads = step.attributes.get("pads") or [0, 0, 0, 0]
    if auto == "VALID":
        pads = [0, 0, 0, 0]
    if len(pads) != 4 or min(pads) < 0:
        raise parts.refuse(step, f"has the pads {pads}, which no layer has")
    top, left, bottom, right = pads
    return Padding(left, right, top, bottom)


def even(x: Tensor, extent: Extent, S: Extent, P: Padding | Literal["same"]) -> Any:
    """As much on both sides, where no window reaches what comes last in addition."""
    if P == "same":
        return P
    wide = P._replace(right=max(P.left, P.right), bottom=max(P.top, P.bottom))
    counts = [
        (
            (x.volume.W + sides.left + sides.right - extent.W) // S.W,
            (x.volume.H + sides.top + sides.bottom - extent.H) // S.H,
        )
        for sides in (P, wide)
    ]
    return wide if counts[0] == counts[1] else P


def fit_of(x: Tensor, extent: Extent, S: Extent, P: Any, ceil: bool = False) -> Fit | None:
    """What is done with remaining places; None where there are none."""
    if P == "same":
        return None
    across = x.volume.W + P.left + P.right - extent.W
    down = x.volume.H + P.top + P.bottom - extent.H
    if across % S.W == 0 and down % S.H == 0:
        return None
    return "pad" if ceil else "crop"


@reads("MaxPool", "AveragePool", "LpPool")
def _pool(parts: Parts, step: Step) -> Tensor:
    x, given = parts.map_of(step, parts.tensor(step)), step.attributes
    _check(parts, step)
    F, S = both(given.get("kernel_shape")), both(given.get("strides"))
    if len(given.get("kernel_shape", ())) != 2:
        raise parts.refuse(step, "slides over other things than maps")
    P = padding(parts, step, F, S, x)
    if not given.get("ceil_mode", 0):
        P = even(x, F, S, P)
    mode = _MODES[step.operator.removesuffix("Pool")]
    if Padding() == P and Extent(*x.volume[:2]) == F:
        return parts.add(step, Pool(F="global", mode=mode), x)
    counts = mode == "average" and bool(given.get("count_include_pad", 0))
    fit = fit_of(x, F, S, P, bool(given.get("ceil_mode", 0)))
    is_padded = Padding() != P
    return parts.add(
        step, Pool(F=F, S=S, P=P, mode=mode, fit=fit, count_border=counts and is_padded), x
    )


def _check(parts: Parts, step: Step) -> None:
    if any(n != 1 for n in step.attributes.get("dilations", ())):
        raise parts.refuse(step, "has windows of pixels that lie apart")
    if step.operator.endswith("LpPool") and step.attributes.get("p", 2) != 2:
        raise parts.refuse(step, f"takes the norm of p={step.attributes['p']}; here it is 2")


@reads("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool")
def _global_pool(parts: Parts, step: Step) -> Tensor:
    _check(parts, step)
    mode = _MODES[step.operator.removeprefix("Global").removesuffix("Pool")]
    return parts.add(step, Pool(F="global", mode=mode), parts.map_of(step, parts.tensor(step)))


@reads("ReduceMean", "ReduceMax")
def _over_the_map(parts: Parts, step: Step) -> Tensor:
    """Over height and width: a global pool."""
    axes = step.attributes.get("axes")
    if axes is None:
        axes = parts.constant(step, 1, ()).tolist()
    x = parts.map_of(step, parts.tensor(step))
    if sorted(axis % 4 for axis in axes) != [2, 3]:
        raise parts.refuse(step, f"is over the axes {axes}, and not over height and width")
    mode: Mode = "average" if step.operator == "ReduceMean" else "max"
    y = parts.add(step, Pool(F="global", mode=mode), x)
    return y if step.attributes.get("keepdims", 1) else y._replace(form="flat")
