"""Muon: steps of weight matrices are made orthogonal (Jordan 2024, "Muon: An optimizer for hidden
layers in neural networks").
"""

import threading

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels.workspace import Workspace
from cnncli.training.parameter_groups import Segment

from . import optimizer_fields as spec
from .sgd_adam import Array, Sgd

Floats = NDArray[np.float32]

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of x, x^3 and x^5 in an iteration: they lift small singular values fastest, and end near 1."""
_ITERATIONS = 5
_TINY = 1e-7


class _OfThread(threading.local):
    """Each thread's own memory, which it keeps from step to step."""

    def __init__(self) -> None:
        self.workspace = Workspace()


class Muon(Sgd):
    """m = b m + (1 - b) g; with Nesterov's look-ahead u = b m + (1 - b) g, else u = m.

    A weight matrix W of K columns takes W -= lr weight_decay W, W -= lr sqrt(max(1, K/rows)) O,
    where O is about the nearest orthogonal matrix to u. All other parameters take SGD's steps.
    """

    def __init__(self, hyper: spec.Muon, size: int) -> None:
        super().__init__(hyper.others, size)
        self.slots = {"velocity": np.zeros(size, np.float32)}
        self._muon = hyper
        self._of_thread = _OfThread()

    def _matrix(self, parameters: Array, gradient: Array, segment: Segment, lr: float) -> None:
        assert segment.matrix is not None
        (rows, columns), b = segment.matrix, self._muon.momentum
        workspace = self._of_thread.workspace
        w, m = parameters[segment.part], self.slots["velocity"][segment.part]
        g: Floats = workspace.empty(m.shape, np.float32)
        np.multiply(gradient[segment.part], 1 - b, out=g, casting="same_kind")
        m *= b
        m += g
        if self._muon.nesterov:
            u: Floats = workspace.empty(m.shape, np.float32)
            g += np.multiply(m, b, out=u)
        else:
            np.copyto(g, m)
        step = orthogonal(workspace, g.reshape(rows, columns)).reshape(-1)
        w *= 1 - lr * segment.weight_decay
        step *= lr * max(1.0, columns / rows) ** 0.5
        w -= step


def orthogonal(workspace: Workspace, G: Floats) -> Floats:
    """A matrix with the singular vectors of G, and singular values between about 0.7 and 1.2.

    Iterations of Newton and Schulz: X = a X + b A X + c A^2 X with A = X X', for a matrix X of
    norm 1 with no more rows than columns.
    """
    rows, columns = G.shape
    wide = G if rows <= columns else G.T
    X: Floats = workspace.empty(wide.shape, np.float32)
    np.multiply(wide, 1 / (np.linalg.norm(G) + _TINY), out=X)
    short = len(X)
    A: Floats = workspace.empty((short, short), np.float32)
    B: Floats = workspace.empty((short, short), np.float32)
    Y: Floats = workspace.empty(X.shape, np.float32)
    a, b, c = _COEFFICIENTS
    for _ in range(_ITERATIONS):
        np.matmul(X, X.T, out=A)
        np.matmul(A, A, out=B)
        B *= c
        A *= b
        B += A
        np.matmul(B, X, out=Y)
        X *= a
        X += Y
    result: Floats = workspace.empty(G.shape, np.float32)
    np.copyto(result, X if rows <= columns else X.T)
    return result
