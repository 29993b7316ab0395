"""Channel sums and moments keep their digits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.engine.parallel.comm import Solo
from cnncli.kernels.chunks import spans
from cnncli.kernels.dense import along_runs, column_sums, runs
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


@settings(deadline=None, max_examples=30)
@given(
    means=st.lists(
        st.sampled_from([0.0, 3.0, 7.9, 8.1, -40.0, 1e4, -1e5, 1e6]), min_size=1, max_size=5
    ),
    far=st.sampled_from([0.0, 1.0, -30.0, 1e4, 1e6]),
    image=st.integers(-1, 8),
    spread=st.floats(0, 1),
)
def test_moments_about_any_centre(means, far, image, spread):
    """Large means, and an image far away from the others; the other images may be constant."""
    x = noise((9, 128, 128, len(means)), 0)
    x *= np.float32(spread)
    x += np.array(means, np.float32)
    x[image] += np.float32(far)
    _, mean, var = moments(Workspace(), x, Solo())
    np.testing.assert_allclose(mean, in_double(x).mean(axis=0), rtol=1e-6, atol=1e-6)
    # the shards' sums are put together about 0, in float64
    atol = 1e-12 + 1e-15 * np.square(mean).max()
    np.testing.assert_allclose(var, in_double(x).var(axis=0), rtol=2e-5, atol=atol)


def test_moments_of_a_channel_with_numbers_that_are_not_finite():
    """The other channels have theirs."""
    x = noise((8, 64, 64, 4), 3)
    x[1, 5, 5, 1], x[7, 5, 5, 2] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        _, mean, var = moments(Workspace(), x, Solo())
    assert np.isfinite(mean).tolist() == np.isfinite(var).tolist() == [True, False, False, True]
    np.testing.assert_allclose(var[[0, 3]], in_double(x[..., [0, 3]]).var(axis=0), rtol=1e-5)


@pytest.mark.parametrize("mean", [0, 7, -1000])
@pytest.mark.parametrize("shape", [(9, 64, 128, 3), (3, 5, 7, 2), (1, 1, 1, 1), (2, 1, 1, 5000)])
def test_backward_pass_through_an_output_that_was_rectified(shape, mean):
    """It is that of RELU, and then its own, by the definition in float64."""
    x, dy, y = noise(shape, mean), noise(shape, 1, seed=1), noise(shape, 0, seed=2)
    y.clip(0, out=y)
    C, count = shape[-1], np.prod(shape[:3])
    means, std = in_double(x).mean(axis=0), np.sqrt(in_double(x).var(axis=0) + 1e-5)
    gamma = np.linspace(0.5, 2, C, dtype=np.float32)
    before = x.copy(), dy.copy(), y.copy()
    dx, dgamma, dbeta = backward(Workspace(), Solo(), x, dy, gamma, means, 1 / std, count, y)
    masked, xhat = in_double(dy) * (in_double(y) > 0), (in_double(x) - means) / std
    size = np.abs(masked).sum(axis=0) + 1
    np.testing.assert_allclose(dbeta / size, masked.sum(axis=0) / size, atol=1e-6)
    np.testing.assert_allclose(dgamma / size, (masked * xhat).sum(axis=0) / size, atol=1e-5)
    rest = masked - masked.mean(axis=0) - xhat * (masked * xhat).mean(axis=0)
    np.testing.assert_allclose(in_double(dx), gamma / std * rest, rtol=1e-4, atol=2e-5 / std.min())
    for now, then in zip((x, dy, y), before, strict=True):
        np.testing.assert_array_equal(now, then)


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
    ("shape", "length"),
    [
        ((2, 32, 32, 64), 4096),
        ((2, 8, 8, 256), 4096),
        ((8, 7, 7, 1024), 4096),  # pixels of several lines, and of two images
        ((2, 7, 5, 3), 210),
        ((2, 13, 1024, 16), 4096),
        ((1, 13, 1, 2000), 2000),  # 13 has no divisor that fits
        ((1, 1, 1, 9000), 9000),
        ((1, 1, 1, 1), 1),
    ],
)
def test_pixels_taken_together(shape, length):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    assert runs(x).shape == (x.size // length, length)
    channels = np.arange(shape[-1], dtype=np.float64)
    together = runs(x) + along_runs(Workspace(), channels, runs(x))
    np.testing.assert_array_equal(together.reshape(shape), x + channels.astype(np.float32))
