"""Channel sums and moments keep their digits."""

import numpy as np
import pytest

from cnncli.engine.comm import Solo
from cnncli.kernels.blocks import spans
from cnncli.kernels.dense import along_lines, column_sums, line_height, lines
from cnncli.kernels.normalisation import moments
from cnncli.kernels.workspace import Workspace


def test_column_sums_to_1e_5_at_a_million_rows():
    x = np.random.default_rng(0).random((1_000_000, 5), np.float32) + 3
    sums = column_sums(x, out=np.empty(5, np.float32))
    np.testing.assert_allclose(sums, x.sum(axis=0, dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 5, 7, 2), (2, 1, 1, 300), (1, 300, 300, 7)])
def test_moments(shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32) * 3 + 50
    count, mean, var = moments(Workspace(), x, Solo())
    flat = x.reshape(-1, shape[-1]).astype(np.float64)
    assert count == len(flat)
    np.testing.assert_allclose(mean, flat.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(var, flat.var(axis=0), rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
@pytest.mark.parametrize("item", [0, 1, 100, 10**9])
def test_spans_cover_everything_once(count, item):
    pieces = list(spans(count, item, 1000))
    covered = [i for piece in pieces for i in range(piece.start, piece.stop)]
    assert covered == list(range(count))
    assert all((p.stop - p.start) * item <= 1000 or p.stop - p.start == 1 for p in pieces)


@pytest.mark.parametrize(
    ("shape", "height"),
    [
        ((2, 32, 32, 64), 8),  # 16,384 numbers
        ((2, 8, 8, 256), 8),
        ((2, 7, 5, 3), 7),
        ((2, 13, 1024, 16), 1),  # 13 has no other divisor that fits
        ((1, 1, 1, 1), 1),
    ],
)
def test_lines_taken_together(shape, height):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    assert line_height(x) == height
    channels = np.arange(shape[-1], dtype=np.float64)
    together = lines(x, height) + along_lines(channels, x, height)
    np.testing.assert_array_equal(together.reshape(shape), x + channels.astype(np.float32))
