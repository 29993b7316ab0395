"""DROPPATH: which images are left out, and that the expected value stays."""

import numpy as np

from cnncli.geometry import Volume
from cnncli.layers.dropout import DropPath
from tests.layers.contract import Bench, FakeRun


def _run(x, **given):
    layer, positions = DropPath(rate=0.25), np.arange(len(x))
    return layer.forward(FakeRun(positions=positions, **given), {}, x)


def test_an_image_is_left_out_or_scaled_up_as_a_whole():
    y, factors = _run(np.ones((4000, 2, 3, 5), np.float32))
    scale = np.float32(1 / 0.75)
    assert set(np.unique(y)) == {0, scale}
    assert (y == y[:, :1, :1, :1]).all()
    np.testing.assert_array_equal(y[:, 0, 0, 0], factors)
    assert abs((y[:, 0, 0, 0] == 0).mean() - 0.25) < 0.03
    assert abs(y.mean() - 1) < 0.04


def test_the_gradient_goes_the_same_way():
    bench = Bench(DropPath(rate=0.5), Volume(3, 2, 4), n=40)
    y = bench.forward(bench.x)
    kept = np.any(y, axis=(1, 2, 3))
    dx, _ = bench.backward()
    np.testing.assert_array_equal(dx, bench.dy * (2.0 * kept)[:, None, None, None])


def test_evaluation_leaves_nothing_out():
    x = np.ones((5, 1, 1, 2), np.float32)
    y, cache = _run(x, training=False)
    assert y is x
    assert cache is None
