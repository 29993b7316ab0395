"""Groups of channels, which see only filters of their own.

Channels and filters lie in order of their groups, so that a group is a run of columns, and a
product for each group is one call of `matmul` on a stack of matrices (groups, rows, columns).
"""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels.workspace import Workspace

Array = NDArray[np.float32]

_WIDTH = 16
"""Channels, or filters, of a group from which on its products are fast: a cache line of floats."""


def by_group(matrix: Array, groups: int) -> Array:
    """(rows, D) as (groups, rows, D/groups), without a copy."""
    stack: Array = matrix.reshape(matrix.shape[0], groups, -1).transpose(1, 0, 2)
    return stack


def transposed(stack: Array) -> Array:
    """Each matrix of a stack transposed, without a copy."""
    return stack.transpose(0, 2, 1)


def merged(workspace: Workspace, W: Array, groups: int) -> Array:
    """The filters (F, F, C/G, K) of small groups as those of fewer, larger ones.

    A filter has zeros for the channels of the groups that were joined to its own: in narrow
    matrices the multiplications by zero cost less than they save.
    """
    FH, FW, depth, K = W.shape
    joined = gcd(groups, max(_WIDTH // max(depth, K // groups), 1))
    if joined == 1:
        return W
    wide: Array = workspace.zeros((FH, FW, joined * depth, K), W.dtype)
    _diagonal(wide, joined, groups)[...] = _split(W, joined, groups)
    return wide


def separate(wide: Array, groups: int, out: Array) -> None:
    """The transpose of `merged`, for gradients: writes the small groups' to `out`."""
    joined = wide.shape[2] // out.shape[2]
    _split(out, joined, groups)[...] = _diagonal(wide, joined, groups)


def _split(W: Array, joined: int, groups: int) -> Array:
    """(F, F, C/G, K) as (F, F, C/G, G/joined, joined, K/G), a view."""
    return W.reshape(*W.shape[:3], groups // joined, joined, -1)


def _diagonal(wide: Array, joined: int, groups: int) -> Array:
    """What of the large groups' filters belongs to the small ones, in the order of `_split`."""
    FH, FW, depth, _ = wide.shape
    blocks = wide.reshape(FH, FW, joined, depth // joined, groups // joined, joined, -1)
    view: Array = np.einsum("hwjcgjk->hwcgjk", blocks)  # a view, also to write to
    return view
