"""Channel sums and moments keep their digits."""

import numpy as np
import pytest

from cnncli.engine.parallel.comm import Solo
from cnncli.kernels.chunks import spans
from cnncli.kernels.dense import along_lines, column_sums, line_height, lines
from cnncli.kernels.norms.batchnorm import backward, moments
from cnncli.kernels.workspace import Workspace


def test_column_sums_to_1e_5_at_a_million_rows():
    x = np.random.default_rng(0).random((1_000_000, 5), np.float32) + 3
    sums = column_sums(x, out=np.empty(5, np.float32))
    np.testing.assert_allclose(sums, x.sum(axis=0, dtype=np.float64), rtol=1e-6)


MILLION = [(1_000_000, 1, 1, 3), (1000, 1000, 1, 5), (100, 100, 100, 3), (1, 1, 1_000_000, 1)]
"""A million pixels: in rows of their own, in columns, in maps, in one line."""


def noise(shape, mean, seed=0):
    """Deviations about 1 to 2 from the mean, each channel with its own."""
    rng = np.random.default_rng(seed)
    scale = np.linspace(1, 2, shape[-1], dtype=np.float32)
    return rng.standard_normal(shape, np.float32) * scale + np.float32(mean)


def in_double(x):
    """The pixels as rows."""
    return x.reshape(-1, x.shape[-1]).astype(np.float64)


@pytest.mark.parametrize("shape", MILLION)
@pytest.mark.parametrize("mean", [1, -1000])
def test_column_sums_at_a_million_pixels(shape, mean):
    x = noise(shape, mean)
    np.testing.assert_allclose(column_sums(x), in_double(x).sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    "shape", [*MILLION, (1, 1, 1, 1), (3, 5, 7, 2), (2, 1, 1, 300), (1, 300, 300, 7)]
)
@pytest.mark.parametrize("mean", [0, 1, 50, -1000, 10_000])
def test_moments(shape, mean):
    """A large mean costs the variance no digits."""
    x = noise(shape, mean)
    count, means, var = moments(Workspace(), x, Solo())
    assert count == np.prod(shape[:3])
    np.testing.assert_allclose(means, in_double(x).mean(axis=0), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(var, in_double(x).var(axis=0), rtol=1e-5)


@pytest.mark.parametrize("shape", MILLION)
@pytest.mark.parametrize("mean", [0, -1000, 10_000])
def test_sums_of_the_backward_pass_at_a_million_pixels(shape, mean):
    """dy = 1 + xhat + noise: no sum is small by cancellation."""
    x = noise(shape, mean)
    means, std = in_double(x).mean(axis=0), in_double(x).std(axis=0)
    xhat = (in_double(x) - means) / std
    dy = (1 + xhat.reshape(shape)).astype(np.float32) + noise(shape, 0, seed=1)
    gamma = np.linspace(0.5, 2, shape[-1], dtype=np.float32)
    dx, dgamma, dbeta = backward(Workspace(), Solo(), x, dy, gamma, means, 1 / std, 1_000_000)
    doubles = in_double(dy)
    np.testing.assert_allclose(dbeta, doubles.sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(dgamma, (doubles * xhat).sum(axis=0), rtol=1e-5)
    rest = doubles - doubles.mean(axis=0) - xhat * (doubles * xhat).mean(axis=0)
    np.testing.assert_allclose(in_double(dx), gamma / std * rest, rtol=1e-4, atol=2e-5)


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
