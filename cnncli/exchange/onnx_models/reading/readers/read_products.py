"""Operators that weigh what they read: convolutions, and products of matrices."""

from typing import Any, Literal

import numpy as np

from cnncli.exchange.onnx_models.reading.model_file import Step
from cnncli.exchange.onnx_models.reading.network_parts import Parts, Tensor, reads
from cnncli.geometry import Extent, Padding, reach
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.transposed_conv import ConvT

from .read_windows import both, even, fit_of, padding


@reads("Conv")
def _conv(parts: Parts, step: Step) -> Tensor:
    """Filters (K, C/G, F, F) become (F, F, C/G, K)."""
    x, W = parts.map_of(step, parts.tensor(step)), parts.constant(step, 1)
    F, dilation = _filters(parts, step, W)
    S, groups = both(step.attributes.get("strides")), step.attributes.get("group", 1)
    P = even(x, reach(F, dilation), S, padding(parts, step, reach(F, dilation), S, x))
    layer = Conv(
        K=W.shape[0],
        F=F,
        S=S,
        P=P,
        dilation=dilation,
        groups="depthwise" if groups == x.volume.D > 1 else groups,
        bias=parts.has(step, 2),
        fit=fit_of(x, reach(F, dilation), S, P),
    )
    return parts.add(step, layer, x, W=W.transpose(2, 3, 1, 0), **_biases(parts, step))


@reads("ConvTranspose")
def _transposed_conv(parts: Parts, step: Step) -> Tensor:
    x, W = parts.map_of(step, parts.tensor(step)), parts.constant(step, 1)
    F, dilation = _filters(parts, step, W)
    S, groups = both(step.attributes.get("strides")), step.attributes.get("group", 1)
    P, extra = _cut(parts, step, reach(F, dilation), S, x)
    layer = ConvT(
        K=W.shape[1] * groups,
        F=F,
        S=S,
        P=P,
        extra=extra,
        dilation=dilation,
        groups="depthwise" if groups == x.volume.D > 1 else groups,
        bias=parts.has(step, 2),
    )
    return parts.add(step, layer, x, W=W.transpose(2, 3, 1, 0), **_biases(parts, step))


def _cut(
    parts: Parts, step: Step, extent: Extent, S: Extent, x: Tensor
) -> tuple[Padding | Literal["same"], Extent]:
    """What is cut off, and what comes in addition; by the size of the output where that is given.

    The larger half of an odd number goes first, but for SAME_UPPER.
    """
    extra = both(step.attributes.get("output_padding"), usual=0)
    wanted = step.attributes.get("output_shape")
    if not wanted:
        return padding(parts, step, extent, S, x), extra
    H, W = wanted[-2:]
    across = S.W * (x.volume.W - 1) + extra.W + extent.W - W
    down = S.H * (x.volume.H - 1) + extra.H + extent.H - H
    more = Extent(max(-across, 0), max(-down, 0))
    less, rest = (Extent(half(across), half(down)) for half in (_floor, _ceil))
    first, last = (less, rest) if step.attributes.get("auto_pad") == "SAME_UPPER" else (rest, less)
    return Padding(first.W, last.W, first.H, last.H), Extent(extra.W + more.W, extra.H + more.H)


def _floor(number: int) -> int:
    return max(number, 0) // 2


def _ceil(number: int) -> int:
    return (max(number, 0) + 1) // 2


def _filters(parts: Parts, step: Step, W: Any) -> tuple[Extent, Extent]:
    if W.ndim != 4:
        raise parts.refuse(step, "slides over other things than maps")
    return Extent(W.shape[3], W.shape[2]), both(step.attributes.get("dilations"))


def _biases(parts: Parts, step: Step) -> dict[str, Any]:
    return {"b": parts.constant(step, 2)} if parts.has(step, 2) else {}


@reads("Gemm")
def _gemm(parts: Parts, step: Step) -> Tensor:
    """alpha A B + beta C, where A are the images' numbers."""
    given = step.attributes
    if given.get("transA", 0):
        raise parts.refuse(step, "takes the numbers of all images together")
    W = parts.constant(step, 1)
    W = (W.T if given.get("transB", 0) else W) * np.float32(given.get("alpha", 1.0))
    b = None
    if parts.has(step, 2):
        b = parts.constant(step, 2).reshape(-1) * np.float32(given.get("beta", 1.0))
        b = np.broadcast_to(b, W.shape[-1:]) if b.size == 1 else b
    return _fully_connected(parts, step, W, b)


@reads("MatMul")
def _matmul(parts: Parts, step: Step) -> Tensor:
    return _fully_connected(parts, step, parts.constant(step, 1), None)


def _fully_connected(parts: Parts, step: Step, W: Any, b: Any) -> Tensor:
    """Rows of W in the order of (H, W, C)."""
    x = parts.tensor(step)
    if x.form != "flat" or W.ndim != 2 or len(W) != x.volume.size:
        raise parts.refuse(step, "is no product of each image's numbers with a matrix")
    across, down, depth = x.volume
    rows = W.reshape(depth, down, across, -1).transpose(1, 2, 0, 3).reshape(W.shape)
    layer = Fc(K=W.shape[1], bias=b is not None)
    return parts.add(step, layer, x, W=rows, b=b)
