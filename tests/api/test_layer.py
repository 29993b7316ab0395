"""`cnncli.Layer`: against the notes' numbers, and loops written from the definitions."""

import numpy as np
import pytest

import cnncli
from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.conv import definition
from cnncli.layers import families
from tests.layers import definitions

CONV = "CONV(K=2,F=5,S=2,P=0)"


@pytest.fixture
def conv():
    return cnncli.Layer(CONV, size=(11, 11, 4))


def test_the_numbers_of_the_notes(conv, rng):
    X = rng.standard_normal((11, 11, 4))
    conv.parameters["b"] = [0.5, -0.25]
    V = conv.forward(X)
    W0, W1 = np.moveaxis(conv.parameters["W"], -1, 0)
    b0, b1 = conv.parameters["b"]
    assert (V.shape, V.dtype, W0.shape) == ((4, 4, 2), np.float64, (5, 5, 4))
    for found, expected in (
        (V[0, 0, 0], np.sum(X[:5, :5, :] * W0) + b0),
        (V[1, 0, 0], np.sum(X[2:7, :5, :] * W0) + b0),
        (V[3, 0, 0], np.sum(X[6:11, :5, :] * W0) + b0),
        (V[0, 0, 1], np.sum(X[:5, :5, :] * W1) + b1),
        (V[2, 3, 1], np.sum(X[4:9, 6:11, :] * W1) + b1),
    ):
        assert found == pytest.approx(expected, rel=1e-12)


def test_forward_and_backward_by_the_definition(rng):
    """A rectangle, so that swapped axes show."""
    conv = cnncli.Layer("CONV(K=3,F=3x2,S=2x1,P=1,fit=crop)", size=(6, 8, 2))
    conv.parameters["b"] = rng.standard_normal(3)
    x, dy = rng.standard_normal((2, 6, 8, 2)), rng.standard_normal((2, *conv.output))
    y, dx = conv.forward(x), conv.backward(dy)
    W, b = conv.parameters["W"], conv.parameters["b"]
    geometry = Geometry(
        Extent(8, 6), Extent(3, 2), Extent(2, 1), Padding(1, 0, 1, 1), Extent(4, 7),
    )  # fmt: skip
    np.testing.assert_allclose(y, definition.forward(x, W, b, geometry), rtol=1e-12, atol=1e-12)
    expected = definition.backward(x, W, dy, geometry)
    for found, by_loops in zip((dx, *conv.gradients.values()), expected, strict=True):
        np.testing.assert_allclose(found, by_loops, rtol=1e-12, atol=1e-12)


def test_one_image_has_the_form_that_it_has(conv, rng):
    x, dy = rng.standard_normal((3, 11, 11, 4)), rng.standard_normal((3, 4, 4, 2))
    y, dx = conv.forward(x), conv.backward(dy)
    whole = conv.gradients
    summed = {name: np.zeros_like(array) for name, array in whole.items()}
    for number in range(3):
        np.testing.assert_allclose(conv.forward(x[number]), y[number], rtol=1e-12)
        np.testing.assert_allclose(conv.backward(dy[number]), dx[number], atol=1e-12)
        for name, array in conv.gradients.items():
            summed[name] += array
    for name, array in whole.items():
        np.testing.assert_allclose(summed[name], array, atol=1e-12)


def test_parameters_are_set_as_a_whole_or_in_part(conv):
    x = np.ones((11, 11, 4))
    conv.parameters["W"] = np.ones((5, 5, 4, 2), np.float32)
    conv.parameters["W"][..., 1] = 2
    conv.parameters["b"][0] = 7
    np.testing.assert_array_equal(conv.forward(x)[0, 0], [107, 200])
    assert list(conv.parameters) == ["W", "b"]
    assert len(conv.parameters) == 2
    assert repr(conv.parameters).startswith("{'W': array(")


def test_what_is_given_and_returned_is_the_callers(conv, rng):
    """Arrays of a later pass are others, and none that was given is changed."""
    for layer in (
        conv,
        cnncli.Layer("FLATTEN", size=(11, 11, 4)),
        cnncli.Layer("RELU", size=(11, 11, 4)),
    ):
        x = rng.standard_normal((11, 11, 4))
        before = x.copy()
        y = layer.forward(x)
        kept = y.copy()
        dx = layer.backward(y)
        dx_kept = dx.copy()
        y_again = layer.forward(2 * x)
        dx[...] = 5
        y_again[...] = 5
        np.testing.assert_array_equal(x, before)
        np.testing.assert_array_equal(y, kept)
        assert not np.shares_memory(y, x)
        assert (dx_kept != 5).any()


def test_fc_and_pool_by_hand(rng):
    x = rng.standard_normal((2, 4, 6, 3))
    fc = cnncli.Layer("FC-5", size=(4, 6, 3))
    W, dy = fc.parameters["W"], rng.standard_normal((2, 1, 1, 5))
    np.testing.assert_allclose(fc.forward(x)[:, 0, 0], x.reshape(2, -1) @ W, rtol=1e-12)
    np.testing.assert_allclose(fc.backward(dy).reshape(2, -1), dy[:, 0, 0] @ W.T, rtol=1e-12)
    np.testing.assert_allclose(fc.gradients["W"], x.reshape(2, -1).T @ dy[:, 0, 0], rtol=1e-12)
    np.testing.assert_allclose(fc.gradients["b"], dy.sum(axis=(0, 1, 2)), rtol=1e-12)
    pool = cnncli.Layer("POOL", size=(4, 6, 3))
    y = pool.forward(x)
    windows = x.reshape(2, 2, 2, 3, 2, 3)
    np.testing.assert_array_equal(y, windows.max(axis=(2, 4)))
    is_maximum = windows == y[:, :, None, :, None]
    np.testing.assert_array_equal(
        pool.backward(np.ones_like(y)), is_maximum.reshape(x.shape).astype(float)
    )


def test_l2_pooling_and_the_locally_connected_layer_by_the_definition(rng):
    x = rng.standard_normal((2, 4, 5, 3))
    geometry = Geometry(Extent(5, 4), Extent(2, 2), Extent(1, 1), Padding(), Extent(4, 3))
    pool = cnncli.Layer("POOL(F=2,S=1,mode=L2)", size=(4, 5, 3))
    np.testing.assert_allclose(pool.forward(x), definitions.norm_pool(x, geometry), rtol=1e-12)
    local = cnncli.Layer("LOCAL(K=2,F=2,P=0)", size=(4, 5, 3))
    W, b = local.parameters["W"], local.parameters["b"]
    b[...] = rng.standard_normal(b.shape)
    y = definitions.local(x, W, b, geometry)
    np.testing.assert_allclose(local.forward(x), y, rtol=1e-12, atol=1e-12)
    dy = rng.standard_normal(y.shape)
    dx, dW, db = definitions.local_backward(x, W, dy, geometry)
    np.testing.assert_allclose(local.backward(dy), dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(local.gradients["W"], dW, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(local.gradients["b"], db, rtol=1e-12, atol=1e-12)


def test_joins(rng):
    a, b = rng.standard_normal((2, 4, 5, 3)), rng.standard_normal((2, 4, 5, 2))
    concat = cnncli.Layer("CONCAT", size=[(4, 5, 3), (4, 5, 2)])
    y = concat.forward(a, b)
    np.testing.assert_array_equal(y, np.concatenate([a, b], axis=-1))
    da, db = concat.backward(y)
    np.testing.assert_array_equal(da, a)
    np.testing.assert_array_equal(db, b)
    add = cnncli.Layer("ADD", size=[(4, 5, 3)] * 3)
    np.testing.assert_allclose(add.forward(a[0], a[1], a[0]), 2 * a[0] + a[1], rtol=1e-12)
    assert [dx.shape for dx in add.backward(a[0])] == [(4, 5, 3)] * 3


def test_training_and_not(rng):
    x = rng.standard_normal((8, 3, 3, 2)) * 3 + 1
    norm = cnncli.Layer("BN(momentum=1.0)", size=(3, 3, 2))
    np.testing.assert_allclose(norm.forward(x).mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(norm.state["mean"], x.mean(axis=(0, 1, 2)), rtol=1e-12)
    expected = (x - norm.state["mean"]) / np.sqrt(norm.state["var"] + 1e-5)
    np.testing.assert_allclose(norm.forward(x, training=False), expected, rtol=1e-12)
    drop = cnncli.Layer("DROPOUT(rate=0.5)", size=(3, 3, 2))
    np.testing.assert_array_equal(drop.forward(x, training=False), x)
    y = drop.forward(x)
    np.testing.assert_array_equal(y[y != 0], 2 * x[y != 0])
    assert 0 < np.count_nonzero(y) < y.size
    np.testing.assert_array_equal(drop.forward(x), y)


def test_the_seed_and_the_type():
    arrays = [cnncli.Layer("CONV", size=(5, 5, 3), seed=seed).parameters["W"] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(arrays[0], arrays[1])
    assert (arrays[0] != arrays[2]).all()
    small = cnncli.Layer("CONV", size=(5, 5, 3), dtype="float32")
    y = small.forward(np.zeros((5, 5, 3), np.uint8))
    assert (y.dtype, small.backward(y).dtype, small.gradients["W"].dtype) == (np.float32,) * 3


def test_what_it_is(conv):
    assert (conv.kind, conv.output) == ("CONV", (4, 4, 2))
    assert conv.hyperparameters["K"] == 2
    assert repr(conv).endswith(": (11, 11, 4) -> (4, 4, 2), W (5, 5, 4, 2), b (2,)")
    assert repr(conv).startswith("CONV ")


SIZES = {
    "SOFTMAX": (1, 1, 6),
    "ADD": [(4, 6, 3)] * 2,
    "MUL": [(4, 6, 3), (1, 1, 3)],
    "CONCAT": [(4, 6, 3), (4, 6, 1)],
    "DEPTHTOSPACE": (4, 6, 8),
    "SHUFFLE": (4, 6, 4),
}
WRITTEN = {
    "SCALE": "SCALE(by=0.5)",
    "ADAPTIVEPOOL": "ADAPTIVEPOOL(places=2)",
    "CROP": "CROP(P=1)",
    "SPLIT": "SPLIT(part=1/3)",
    "GROUPNORM": "GROUPNORM(groups=3)",
    "GN": "GN-3",
}
"""Where something must be said, or the default is for deeper volumes."""


@pytest.mark.parametrize("kind", sorted({*families()} - {"INPUT"}))
def test_every_family(kind, rng):
    size = SIZES.get(kind, (4, 6, 3))
    layer = cnncli.Layer(WRITTEN.get(kind, kind), size=size)
    sizes = size if isinstance(size, list) else [size]
    y = layer.forward(*(rng.standard_normal((2, *one)) for one in sizes))
    assert y.shape == (2, *layer.output)
    dxs = layer.backward(rng.standard_normal(y.shape))
    found = dxs if isinstance(dxs, tuple) else (dxs,)
    assert [dx.shape for dx in found] == [(2, *one) for one in sizes]
    assert layer.gradients.keys() == layer.parameters.keys()


def test_a_layer_that_does_not_fit_comes_with_what_does():
    with pytest.raises(cnncli.ConfigError) as raised:
        cnncli.Layer("CONV(K=2,F=4,S=3,P=0)", size=(11, 11, 4))
    (problem,) = raised.value.problems
    assert "(11 - 4 + 2*0)/3 + 1 = 3.333 is not a whole number." in str(problem)
    assert problem.fixes
    with pytest.raises(cnncli.ConfigError, match="unknown layer 'CNV'; did you mean CONV"):
        cnncli.Layer("CNV", size=(5, 5, 1))
    with pytest.raises(cnncli.ConfigError, match="the volumes to add must be equal: 5x4x1, 5x4x2"):
        cnncli.Layer("ADD", size=[(4, 5, 1), (4, 5, 2)])
    with pytest.raises(cnncli.ConfigError, match="ADD needs two or more inputs, not 1"):
        cnncli.Layer("ADD", size=(4, 5, 1))
    with pytest.raises(cnncli.ConfigError, match="INPUT is only the first layer"):
        cnncli.Layer("INPUT", size=(4, 5, 1))
    with pytest.raises(cnncli.ConfigError):
        cnncli.Layer("CONV\ntrain: {epochs: 3}", size=(5, 5, 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: cnncli.Layer("CONV-RELU", size=(5, 5, 1)),
            "expected one layer, like CONV(K=2,F=5), found 2 in 'CONV-RELU'; cnncli.Network takes "
            "networks",
        ),
        (
            lambda: cnncli.Layer("CONV", size=[(5, 5, 1)] * 2),
            "CONV has one input; its size is (H, W, C)",
        ),
        (
            lambda: cnncli.Layer("CONV", size=(5, 5, 1), dtype=int),
            f"dtype must be float64 or float32, found {int!r}",
        ),
    ],
)
def test_wrong_usage(make, message):
    with pytest.raises(cnncli.UsageError) as raised:
        make()
    assert str(raised.value) == message


@pytest.mark.parametrize("size", [(5, 5), (5, 5, 0), (5, 5, 1.5), "5x5x1", 5, [], [(5, 5)], None])
def test_what_is_no_size(size):
    with pytest.raises(cnncli.UsageError) as raised:
        cnncli.Layer("CONV", size=size)
    assert str(raised.value) == (
        "size must be (H, W, C), three whole numbers from 1 on, as of an array, or a list of such "
        f"for ADD and CONCAT; found {size!r}"
    )


def test_arrays_of_another_form(conv, rng):
    y = conv.forward(np.zeros((2, 11, 11, 4)))
    add = cnncli.Layer("ADD", size=[(5, 5, 1)] * 2)
    one, two = np.zeros((5, 5, 1)), np.zeros((2, 5, 5, 1))
    for call, message in (
        (
            lambda: conv.forward(np.zeros((11, 11, 3))),
            "x must be numbers of the form (N, 11, 11, 4) or (11, 11, 4), which is N, H, W, C; "
            "found float64 (11, 11, 3)",
        ),
        (
            lambda: conv.forward(np.zeros((11, 11, 4), complex)),
            "x must be numbers of the form (N, 11, 11, 4) or (11, 11, 4), which is N, H, W, C; "
            "found complex128 (11, 11, 4)",
        ),
        (
            lambda: conv.backward(y[:, :3]),
            "dy must be numbers of the form (N, 4, 4, 2) or (4, 4, 2), which is N, H, W, C; "
            "found float64 (2, 3, 4, 2)",
        ),
        (lambda: conv.backward(y[0]), "dy must be as y, (2, 4, 4, 2), found (4, 4, 2)"),
        (
            lambda: conv.forward(np.zeros((0, 11, 11, 4))),
            "x has no image: its form is (0, 11, 11, 4)",
        ),
        (lambda: add.forward(one), "ADD takes 2 arrays here, found 1"),
        (
            lambda: add.forward(one, two),
            "the inputs must be equally many images, found (5, 5, 1) and (2, 5, 5, 1)",
        ),
        (
            lambda: conv.parameters.__setitem__("W", np.zeros((5, 5, 4))),
            "W must be numbers of the form (5, 5, 4, 2), found float64 (5, 5, 4)",
        ),
        (lambda: conv.parameters.__setitem__("w", 0), "there is no array 'w'; did you mean W?"),
        (
            lambda: conv.parameters.__setitem__("gamma", 0),
            "there is no array 'gamma'; there are W and b",
        ),
    ):
        with pytest.raises(cnncli.UsageError) as raised:
            call()
        assert str(raised.value) == message


def test_backward_follows_forward_in_training(conv):
    dy = np.zeros((4, 4, 2))
    message = "backward follows a pass forward in training: call {} first"
    with pytest.raises(cnncli.UsageError) as raised:
        conv.backward(dy)
    assert str(raised.value) == message.format("forward(x)")
    conv.forward(np.zeros((11, 11, 4)), training=False)
    with pytest.raises(cnncli.UsageError) as raised:
        conv.backward(dy)
    assert str(raised.value) == message.format("forward(x, training=True)")
