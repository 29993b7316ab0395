"""Products in pieces, of whole rows and of some columns, against one product in float64."""

import numpy as np
import pytest

from cnncli.kernels.conv.gemm import fewer_rows, multiply
from cnncli.kernels.conv.profiles import PACKING, SMALL_KERNELS
from cnncli.kernels.workspace import Workspace

SHAPES = [
    (3, 5, 7, 2),
    (1000, 27, 64, 1),  # pieces of rows, the last one shorter
    (130, 256, 256, 2),  # of rows and columns
    (40, 480, 192, 2),
    (40, 256, 250, 1),  # columns that no piece divides
    (17, 1000, 128, 1),  # too large in any piece
]


@pytest.mark.parametrize("profile", [SMALL_KERNELS, PACKING], ids=lambda one: one.name)
@pytest.mark.parametrize(("M", "k", "n", "stack"), SHAPES)
def test_pieces_are_the_product(profile, M, k, n, stack):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((stack, M, k)), rng.standard_normal((stack, k, n))
    out = np.full((stack, M, n), np.nan, np.float32)
    multiply(Workspace(profile), a.astype(np.float32), b.astype(np.float32), out)
    np.testing.assert_allclose(out, a @ b, rtol=0, atol=1e-5 * np.sqrt(k) * 4)


def test_pieces_are_written_where_they_belong():
    """Into a view with a stride, from one matrix for a whole stack."""
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((128, 3, 256)).swapaxes(0, 1), rng.standard_normal((256, 192))
    whole = np.full((128, 3, 200), np.nan)
    multiply(Workspace(SMALL_KERNELS), a, b, whole.swapaxes(0, 1)[:, :, :192])
    np.testing.assert_allclose(whole[..., :192], a.swapaxes(0, 1) @ b, rtol=0, atol=1e-11)
    assert np.isnan(whole[..., 192:]).all()


def test_rows_of_a_term():
    small, packing = Workspace(SMALL_KERNELS), Workspace(PACKING)
    assert fewer_rows(small, 100, 20_000) == 50
    assert fewer_rows(small, 100, 50_000) == 100  # 20 are much fewer
    assert fewer_rows(small, 100, 5_000) == 100
    assert fewer_rows(packing, 100, 20_000) == 100
