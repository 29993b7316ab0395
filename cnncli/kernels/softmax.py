"""Softmax over the last axis."""

import numpy as np
from numpy.typing import NDArray

from .workspace import Workspace

Array = NDArray[np.float32]


def softmax(workspace: Workspace, x: Array) -> Array:
    """exp(x - max x) / sum: the shift keeps exp from overflowing and changes nothing."""
    y: Array = workspace.empty(x.shape, x.dtype)
    np.subtract(x, x.max(axis=-1, keepdims=True), out=y)
    np.exp(y, out=y)
    y /= y.sum(axis=-1, keepdims=True)
    return y


def softmax_backward(workspace: Workspace, y: Array, dy: Array) -> Array:
    """dx = y (dy - sum of dy*y)."""
    dx: Array = workspace.empty(dy.shape, dy.dtype)
    np.multiply(dy, y, out=dx)
    np.subtract(dy, dx.sum(axis=-1, keepdims=True), out=dx)
    dx *= y
    return dx
