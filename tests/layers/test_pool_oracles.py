"""POOL against loops from the definition, for drawn shapes; and against PyTorch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.adaptive_pool import AdaptivePool
from cnncli.layers.base import Context, LayerError
from cnncli.layers.pool import Pool
from cnncli.layers.reading import Reading, Reads, whole
from cnncli.layers.windows import window_geometry
from tests.layers import definitions
from tests.layers.contract import Bench, FakeRun, check_with_pytorch


@st.composite
def pools(draw):
    """A window larger than its padding's sides, and a map on which it has a place."""
    F = Extent(draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    S = Extent(draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    across, down = st.integers(0, F.W - 1), st.integers(0, F.H - 1)
    P = Padding(draw(across), draw(across), draw(down), draw(down))
    volume = Volume(draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.integers(1, 3)))
    layer = Pool(F=F, S=S, P=P, fit=draw(st.sampled_from(["crop", "pad"])))
    try:
        layer.out_shape([volume])
    except LayerError:
        assume(False)
    return layer, volume


@pytest.mark.parametrize("mode", ["max", "average", "L2"])
@settings(max_examples=100)
@given(pools(), st.booleans(), st.booleans())
def test_pool_is_its_definition(mode, case, ties, sparse):
    layer, volume = case
    bench = Bench(replace(layer, mode=mode), volume, n=2)
    if ties:
        bench.x = np.round(bench.x)
    if sparse:
        bench.x = np.where(np.abs(bench.x) < 1, 0, bench.x)
    geometry = window_geometry(bench.layer, volume)
    if mode == "L2":
        y = definitions.norm_pool(bench.x, geometry)
        dx = definitions.norm_pool_backward(bench.x, bench.dy, geometry)
    else:
        y = definitions.pool(bench.x, geometry, mode)
        dx = definitions.pool_backward(bench.x, bench.dy, geometry, mode)
    np.testing.assert_allclose(bench.forward(), y, rtol=1e-12)
    np.testing.assert_allclose(bench.backward()[0], dx, rtol=1e-12, atol=1e-14)


@settings(max_examples=100)
@given(pools(), st.integers(0, 2**32 - 1))
def test_the_first_maximum_takes_the_gradient_bit_by_bit(case, seed):
    """Among equal numbers and zeros of both signs; sums of whole numbers have no rounding."""
    layer, volume = case
    rng = np.random.default_rng(seed)
    bench = Bench(layer, volume, n=2, dtype=np.float32)
    bench.x = rng.choice(np.array([-1, -0.0, 0.0, 1, -np.inf], np.float32), bench.x.shape)
    bench.dy = rng.integers(-9, 9, bench.dy.shape).astype(np.float32)
    geometry = window_geometry(bench.layer, volume)
    y = definitions.pool(bench.x, geometry, "max")
    np.testing.assert_array_equal(bench.forward(), y)
    np.testing.assert_array_equal(bench.forward(training=False), y)
    dx = definitions.pool_backward(bench.x, bench.dy, geometry, "max")
    np.testing.assert_array_equal(bench.backward()[0], dx)


@pytest.mark.parametrize("F", [2, 3])
@pytest.mark.parametrize("broken", [np.inf, -np.inf, np.nan])
def test_a_gradient_that_is_not_finite_stays_under_its_window(F, broken):
    bench = Bench(Pool(F=Extent(F, F), fit="crop"), Volume(8, 8, 2), n=2, dtype=np.float32)
    whole = bench.backward()[0]
    bench.dy[1, 1, 2, 0] = broken
    with np.errstate(invalid="ignore"):  # as in the engine
        dx = bench.backward()[0]
    window = np.zeros(dx.shape, bool)
    window[1, 2 : 2 + F, 4 : 4 + F, 0] = True
    assert not np.isfinite(dx[window]).any()
    np.testing.assert_array_equal(dx[~window], whole[~window])


@pytest.mark.parametrize("axis", ["W", "H"])
@pytest.mark.parametrize("size", [256, 257, 300])
def test_an_offset_in_a_window_that_takes_more_than_a_byte(axis, size):
    """The offsets that are kept count in `cnn shapes`, too."""
    F, volume = Extent(1, 1)._replace(**{axis: size}), Volume(2, 2, 1)._replace(**{axis: size + 1})
    bench = Bench(Pool(F=F, S=Extent(1, 1)), volume, n=2)
    geometry = window_geometry(bench.layer, volume)
    dx = definitions.pool_backward(bench.x, bench.dy, geometry, "max")
    np.testing.assert_allclose(bench.backward()[0], dx, rtol=1e-12, atol=1e-14)
    _, (_, places) = bench.layer.forward(bench.run(), {}, bench.x)
    kept = sum(array.nbytes for array in places)
    assert kept == 2 * bench.layer.memory([volume]).cache_bytes


def test_the_norm_has_gradient_zero_where_it_is_zero():
    bench = Bench(Pool(mode="L2"), Volume(4, 2, 1), n=1, dtype=np.float32)
    bench.x = np.array([[0, 0, 3, 0], [0, 0, 0, 4]], np.float32).reshape(1, 2, 4, 1)
    bench.dy = np.array([7, 10], np.float32).reshape(1, 1, 2, 1)
    np.testing.assert_array_equal(bench.forward().ravel(), [0, 5])
    dx = bench.backward()[0].reshape(2, 4)
    np.testing.assert_allclose(dx, [[0, 0, 6, 0], [0, 0, 0, 8]], rtol=1e-6)


@pytest.mark.parametrize("size", [1e-44, 1e-30, 1e30])
def test_the_norm_of_very_small_and_large_numbers(size):
    """Their squares are no float32 numbers."""
    bench = Bench(Pool(mode="L2"), Volume(2, 2, 1), n=1, dtype=np.float32)
    bench.x = np.full((1, 2, 2, 1), size, np.float32)
    bench.dy = np.ones((1, 1, 1, 1), np.float32)
    np.testing.assert_allclose(bench.forward().ravel(), [2 * bench.x.flat[0]], rtol=1e-6)
    np.testing.assert_allclose(bench.backward()[0].ravel(), [0.5] * 4, rtol=1e-6)


@pytest.mark.parametrize("mode", ["max", "average", "L2"])
@pytest.mark.parametrize(("F", "S", "P"), [(2, 2, 0), (3, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 1)])
def test_pool_agrees_with_pytorch_also_in_ties(F, S, P, mode):
    """Zeros around a map do not change the sum of squares, so that they pad for PyTorch."""
    layer = Pool(F=Extent(F, F), S=Extent(S, S), P=Padding(P, P, P, P), mode=mode, fit="crop")
    bench = Bench(layer, Volume(13, 11, 3))
    if mode != "L2":
        bench.x = np.round(bench.x)
    theirs = {
        "max": lambda f, x: f.max_pool2d(x, F, S, P),
        "average": lambda f, x: f.avg_pool2d(x, F, S, P, count_include_pad=False),
        "L2": lambda f, x: f.lp_pool2d(f.pad(x, (P,) * 4), 2.0, F, S),
    }
    check_with_pytorch(bench, theirs[mode], atol=1e-12)


@pytest.mark.parametrize("count_border", [False, True])
@pytest.mark.parametrize("size", range(3, 12))
@pytest.mark.parametrize(("F", "S", "P"), [(1, 2, 0), (2, 2, 1), (3, 2, 1), (3, 1, 1), (2, 3, 1)])
def test_an_average_with_its_border_agrees_with_pytorch(F, S, P, size, count_border):
    """Rounded up too: what is added for that never counts, and no window begins outside."""
    sides = Padding(P, P, P, P)
    for fit in ("crop", "pad"):
        layer = Pool(F=Extent(F, F), S=Extent(S, S), P=sides, mode="average", fit=fit)
        layer = replace(layer, count_border=count_border)

        def theirs(f, x, is_ceil=fit == "pad"):
            return f.avg_pool2d(x, F, S, P, is_ceil, count_border)

        check_with_pytorch(Bench(layer, Volume(size, size, 2)), theirs, atol=1e-12)


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize(("F", "S", "P"), [(1, 2, 0), (1, 3, 0), (2, 2, 1), (3, 2, 1), (2, 3, 1)])
def test_the_places_of_rounding_up_are_those_of_pytorch(F, S, P, size):
    torch = pytest.importorskip("torch")
    if size + 2 * P < F:
        return
    layer = Pool(F=Extent(F, F), S=Extent(S, S), P=Padding(P, P, P, P), fit="pad")
    theirs = torch.nn.functional.max_pool2d(torch.zeros(1, 1, size, size), F, S, P, ceil_mode=True)
    assert layer.out_shape([Volume(size, size, 1)])[:2] == tuple(theirs.shape[2:])


@pytest.mark.parametrize(
    ("layer", "size"),
    [(Pool(F=Extent(1, 1), fit="pad"), 6), (Pool(P=Padding(1, 1, 1, 1), fit="pad"), 5)],
)
def test_rounding_up_makes_no_window_that_begins_outside(layer, size):
    assert layer.out_shape([Volume(size, size, 1)]) == (3, 3, 1)


def test_tensorflows_same_has_no_border_unless_it_is_asked_for():
    layer = Pool(F=Extent(3, 3), S=Extent(1, 1), P="same", mode="average")
    x = np.ones((1, 2, 2, 1))
    assert Bench(layer, Volume(2, 2, 1)).forward(x).ravel().tolist() == [1, 1, 1, 1]
    counted = Bench(replace(layer, count_border=True), Volume(2, 2, 1))
    np.testing.assert_allclose(counted.forward(x).ravel(), [4 / 9] * 4)


WHOLE = {"max": np.max, "average": np.mean, "L2": lambda x, axis: np.sqrt(np.sum(x * x, axis))}


@pytest.mark.parametrize("mode", WHOLE)
@pytest.mark.parametrize("volume", [Volume(7, 5, 3), Volume(1, 1, 4), Volume(1, 8, 1)], ids=str)
def test_a_global_window_is_the_whole_map(mode, volume):
    bench = Bench(Pool(F="global", mode=mode), volume)
    assert bench.out == (1, 1, volume.D)
    expected = WHOLE[mode](bench.x, (1, 2)).reshape(3, 1, 1, volume.D)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-12)
    same = Bench(Pool(F=Extent(volume.W, volume.H), S=Extent(9, 9), mode=mode), volume)
    np.testing.assert_allclose(bench.backward()[0], same.backward()[0], rtol=1e-12)
    # a bench without weights draws the same numbers for the same volume
    np.testing.assert_array_equal(bench.x, same.x)


def test_the_global_average_of_a_large_map_in_float32():
    bench = Bench(Pool(F="global", mode="average"), Volume(57, 61, 33), n=2, dtype=np.float32)
    bench.x = (bench.x + 100).astype(np.float32)
    expected = bench.x.astype(np.float64).mean(axis=(1, 2))
    np.testing.assert_allclose(bench.forward().reshape(2, 33), expected, rtol=3e-6)
    expected = np.broadcast_to(bench.dy / (57 * 61), bench.x.shape)
    np.testing.assert_allclose(bench.backward()[0], expected, rtol=1e-6)


def test_a_global_window_has_no_stride_and_no_padding():
    layer = Pool(F="global", S=Extent(3, 3), P=Padding(5, 5, 5, 5), fit="pad")
    assert layer.complete(Context()) == Pool(F="global", S=Extent(1, 1), fit="pad")
    assert layer.out_shape([Volume(7, 4, 3)]) == (1, 1, 3)
    assert layer.reads([Volume(7, 4, 3)]) == (whole(Volume(7, 4, 3), groups=0),)
    three = Reading((range(3),), 2)
    assert Pool(F=Extent(3, 3)).reads([Volume(7, 5, 3)]) == (Reads(three, three),)


@pytest.mark.parametrize("mode", WHOLE)
def test_overlapping_windows_of_alexnet(mode):
    """3x3 at stride 2 on 55x55, as in AlexNet: 27x27, and every pixel lies in 1, 2 or 4 windows."""
    layer = Pool(F=Extent(3, 3), mode=mode)
    assert layer.out_shape([Volume(55, 55, 96)]) == (27, 27, 96)
    x = np.ones((1, 55, 55, 1))
    run = FakeRun.of(layer, x)
    _, cache = layer.forward(run, {}, x)
    (dx,) = layer.backward(run, {}, cache, np.ones((1, 27, 27, 1)))
    share = {"max": 1, "average": 1 / 9, "L2": 1 / 3}[mode]
    if mode != "max":
        assert set(np.unique(np.round(dx / share).astype(int))) == {1, 2, 4}
    total = 27 * 27 * (1 if mode != "L2" else 3)
    np.testing.assert_allclose(dx.sum(), total, rtol=1e-12)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(
    "places", [Extent(1, 1), Extent(2, 3), Extent(7, 5), Extent(12, 11)], ids=str
)
@pytest.mark.parametrize("volume", [Volume(13, 11, 3), Volume(14, 15, 2)], ids=str)
def test_adaptive_pooling_agrees_with_pytorch_also_in_ties(volume, places, mode):
    bench = Bench(AdaptivePool(places=places, mode=mode), volume)
    bench.x = np.round(bench.x)
    name = {"max": "adaptive_max_pool2d", "average": "adaptive_avg_pool2d"}[mode]
    check_with_pytorch(bench, lambda f, x: getattr(f, name)(x, (places.H, places.W)), atol=1e-12)


@given(*[st.integers(1, 9)] * 4, st.booleans())
def test_the_first_maximum_of_windows_that_share_a_pixel(W, H, across, down, ties):
    volume, places = Volume(W, H, 2), Extent(min(across, W), min(down, H))
    bench = Bench(AdaptivePool(places=places, mode="max"), volume, n=2)
    if ties:
        bench.x = np.round(bench.x)
    dx = np.zeros(bench.x.shape)
    for n, i, j, c in np.ndindex(bench.dy.shape):
        rows = slice(i * H // places.H, -(-(i + 1) * H // places.H))
        columns = slice(j * W // places.W, -(-(j + 1) * W // places.W))
        window = bench.x[n, rows, columns, c]
        row, column = divmod(int(window.argmax()), window.shape[1])  # the first in order of rows
        dx[n, rows.start + row, columns.start + column, c] += bench.dy[n, i, j, c]
    np.testing.assert_allclose(bench.backward()[0], dx, rtol=1e-12, atol=1e-14)


def test_adaptive_pooling_of_even_windows_is_pooling():
    for mode in ("max", "average", "L2"):
        one = Bench(AdaptivePool(places=Extent(3, 2), mode=mode), Volume(6, 6, 2))
        other = Bench(Pool(F=Extent(2, 3), S=Extent(2, 3), mode=mode), Volume(6, 6, 2))
        np.testing.assert_array_equal(one.forward(), other.forward())
        np.testing.assert_array_equal(one.backward()[0], other.backward()[0])


def test_more_places_than_pixels():
    with pytest.raises(LayerError) as caught:
        AdaptivePool(places=Extent(7, 7)).out_shape([Volume(9, 6, 2)])
    assert str(caught.value) == "a map of 9x6 has fewer than 7 places."
    assert caught.value.field == "places"
