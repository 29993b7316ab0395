"""Small groups of filters as larger ones, with zeros in between."""

import numpy as np
import pytest

from cnncli.kernels.conv.gemm import merge_groups, separate_groups
from cnncli.kernels.workspace import Workspace


def _block_diagonal(W, groups, joined):
    """Filter k of group g has its numbers in the channels of g within its larger group."""
    FH, FW, depth, K = W.shape
    wide = np.zeros((FH, FW, joined * depth, K), W.dtype)
    for k in range(K):
        first = k // (K // groups) % joined * depth
        wide[:, :, first : first + depth, k] = W[..., k]
    return wide


@pytest.mark.parametrize(
    ("depth", "filters", "groups", "joined"),
    [
        (2, 2, 8, 8),
        (2, 2, 12, 4),
        (4, 3, 6, 2),
        (1, 5, 6, 3),
        (3, 1, 7, 1),
        (16, 1, 4, 1),
        (1, 16, 4, 1),
        (8, 8, 1, 1),
    ],
)
def test_groups_are_joined_up_to_a_cache_line(depth, filters, groups, joined):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3, 2, depth, groups * filters)).astype(np.float32)
    wide = merge_groups(Workspace(), W, groups)
    np.testing.assert_array_equal(wide, _block_diagonal(W, groups, joined))
    assert (wide is W) == (joined == 1)


@pytest.mark.parametrize(("depth", "filters", "groups"), [(2, 2, 8), (4, 3, 6), (1, 5, 6)])
def test_separate_is_the_transpose_of_merged(depth, filters, groups):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3, 2, depth, groups * filters))
    wide = rng.standard_normal(merge_groups(Workspace(), W, groups).shape)
    narrow = np.full_like(W, np.nan)
    separate_groups(wide, groups, narrow)
    expected = np.sum(wide * merge_groups(Workspace(), W, groups))
    np.testing.assert_allclose(np.sum(narrow * W), expected, rtol=1e-12)
