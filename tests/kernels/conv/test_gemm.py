"""Products in pieces, of whole rows and of some columns, against one product in float64."""

import numpy as np
import pytest

from cnncli.kernels.conv.gemm import Sum, fewer_rows, multiply, multiply_columns
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


COLUMNS = [
    (4, 6, 49_152, 1),
    (4, 8, 31_251, 2),  # one column more than a piece may have
    (36, 9, 4097, 1),  # the last piece shorter
    (64, 25, 640, 1),  # small enough
    (200, 100, 70, 1),  # too large in any piece
]


@pytest.mark.parametrize("profile", [SMALL_KERNELS, PACKING], ids=lambda one: one.name)
@pytest.mark.parametrize(("M", "k", "n", "stack"), COLUMNS)
def test_pieces_of_columns_are_the_product(profile, M, k, n, stack):
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((M, k)), rng.standard_normal((stack, k, n))
    out = np.full((stack, M, n), np.nan, np.float32)
    multiply_columns(Workspace(profile), a.astype(np.float32), b.astype(np.float32), out)
    np.testing.assert_allclose(out, a @ b, rtol=0, atol=1e-5 * np.sqrt(k) * 4)


def test_no_piece_of_columns_is_copied(monkeypatch):
    """Each product has few enough multiplications, and there are as few pieces as can be."""
    products = []

    def note(a, b, out):
        products.append((b.shape[:-2], b.shape[-1] * a.shape[-1] * a.shape[-2]))
        return matmul(a, b, out=out)

    matmul = np.matmul
    a, b, out = np.ones((4, 8)), np.ones((8, 100_000)), np.empty((4, 100_000))
    monkeypatch.setattr("cnncli.kernels.conv.gemm.np.matmul", note)
    multiply_columns(Workspace(SMALL_KERNELS), a, b, out)
    assert [stack for stack, _ in products] == [(3,), ()]
    assert all(multiplications <= 10**6 for _, multiplications in products)
    assert (out == 8).all()


def test_rows_of_a_term():
    small, packing = Workspace(SMALL_KERNELS), Workspace(PACKING)
    assert fewer_rows(small, 100, 20_000) == 50
    assert fewer_rows(small, 100, 50_000) == 100  # 20 are much fewer
    assert fewer_rows(small, 100, 5_000) == 100
    assert fewer_rows(packing, 100, 20_000) == 100


def test_a_transposed_matrix_is_the_same_product():
    """It is copied before it is read by pieces, and nothing else is."""
    rng = np.random.default_rng(2)
    for n, k in ((64, 32), (256, 128)):
        a, b = rng.standard_normal((1000, k)), rng.standard_normal((n, k))
        out = np.full((1000, n), np.nan)
        multiply(Workspace(SMALL_KERNELS), a, b.T, out)
        np.testing.assert_allclose(out, a @ b.T, rtol=0, atol=1e-11)


@pytest.mark.parametrize("profile", [SMALL_KERNELS, PACKING], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("stack", "C", "K", "inner"),
    [
        ((), 2, 3, [4, 1, 7]),
        ((2,), 24, 40, [3000, 100, 1041, 1042]),  # pieces of at most 1041
        ((3, 2), 16, 8, [20_000]),
        ((), 100, 90, [300, 1]),
        ((), 200, 100, [300]),  # whole, for pieces would be short
    ],
)
def test_a_sum_of_products(profile, stack, C, K, inner):
    rng = np.random.default_rng(3)
    total, expected = Sum(Workspace(profile), (*stack, C, K), np.float64), 0
    given = Sum(Workspace(profile), (*stack, C, K), np.float64, np.full((*stack, C, K), np.nan))
    for length in inner:
        a, b = rng.standard_normal((*stack, length, C)), rng.standard_normal((*stack, length, K))
        expected = expected + np.einsum("...ic,...ik->...ck", a, b)
        total.add(a.swapaxes(-1, -2), b)
        given.add(np.ascontiguousarray(a.swapaxes(-1, -2)), b)
    np.testing.assert_allclose(total.total, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(given.total, expected, rtol=0, atol=1e-10)
