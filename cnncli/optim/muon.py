"""Muon: steps of weight matrices are made orthogonal (Jordan 2024, "Muon: An optimizer for hidden
layers in neural networks").
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated, Literal

from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Param
from cnncli.layers.constraints import Field
from cnncli.lazy import Array, np
from cnncli.schema.number_types import NotNegative, Positive, Share

from .base import ArraySettings, Optimizer, Slots
from .sgd_adam import LR, Sgd

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of x, x^3 and x^5 in an iteration: they lift small singular values fastest, and end near 1."""
_ITERATIONS = 5
_TINY = 1e-7


@dataclass(frozen=True, kw_only=True)
class Muon(Optimizer):
    """Momentum whose step is made orthogonal, for weights of CONV and FC; SGD for the rest.

    m = b m + (1 - b) g; with Nesterov's look-ahead u = b m + (1 - b) g, else u = m. A weight
    matrix W of K columns takes W -= lr weight_decay W, W -= lr sqrt(max(1, K/rows)) O, where O is
    about the nearest orthogonal matrix to u.
    """

    name: Literal["muon"] = "muon"
    lr: Annotated[Positive, Field(description=LR)] = 0.02
    momentum: Annotated[Share, Field(description="share of the mean of gradients that stays")] = (
        0.95
    )
    nesterov: Annotated[bool, Field(description="take the gradient ahead of the step")] = True
    weight_decay: Annotated[
        NotNegative, Field(description="lr * weight_decay * w, on those weights")
    ] = 0.0
    others: Annotated[
        Sgd, Field(description="for biases, normalisation and all else; its lr is another peak")
    ] = Sgd(lr=0.02, momentum=0.9)

    @property
    def slots(self) -> tuple[str, ...]:
        """The momentum m, and the velocity of all else."""
        return ("velocity",)

    def settings(self, param: Param) -> ArraySettings:
        """Weights are matrices with a column for each filter; all else has a rate of its own."""
        if param.start == "weights":
            columns = param.shape[-1]
            matrix = (prod(param.shape) // columns, columns)
            return ArraySettings(1.0, self.weight_decay, matrix=matrix)
        decay = self.others.weight_decay if param.decay else 0.0
        return ArraySettings(self.others.lr / self.lr, decay)

    def update(self, w: Array, g: Array, t: Array, slots: Slots, lr: float, step: int) -> None:
        self.others.update(w, g, t, slots, lr, step)

    def update_matrix(
        self, workspace: Workspace, W: Array, G: Array, slots: Slots, lr: float, decay: float
    ) -> None:
        (rows, columns), b, m = W.shape, self.momentum, slots["velocity"]
        g: Array = workspace.empty(W.shape, np.float32)
        np.multiply(G, 1 - b, out=g, casting="same_kind")
        m *= b
        m += g
        if self.nesterov:
            u: Array = workspace.empty(W.shape, np.float32)
            g += np.multiply(m, b, out=u)
        else:
            np.copyto(g, m)
        step = orthogonal(workspace, g)
        W *= 1 - lr * decay
        step *= lr * max(1.0, columns / rows) ** 0.5
        W -= step


def orthogonal(workspace: Workspace, G: Array) -> Array:
    """A matrix with the singular vectors of G, and singular values between about 0.7 and 1.2.

    Iterations of Newton and Schulz: X = a X + b A X + c A^2 X with A = X X', for a matrix X of
    norm 1 with no more rows than columns.
    """
    rows, columns = G.shape
    wide = G if rows <= columns else G.T
    X: Array = workspace.empty(wide.shape, np.float32)
    np.multiply(wide, 1 / (np.linalg.norm(G) + _TINY), out=X)
    short = len(X)
    A: Array = workspace.empty((short, short), np.float32)
    B: Array = workspace.empty((short, short), np.float32)
    Y: Array = workspace.empty(X.shape, np.float32)
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
    result: Array = workspace.empty(G.shape, np.float32)
    np.copyto(result, X if rows <= columns else X.T)
    return result
