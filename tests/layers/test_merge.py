"""ADD, MUL and CONCAT against NumPy, and what they say of volumes that do not fit together."""

import numpy as np
import pytest

from cnncli.geometry import Volume
from cnncli.layers.base import LayerError
from cnncli.layers.merge import Add, Concat, Mul
from tests.layers.contract import Bench

A, B = Volume(28, 28, 64), Volume(14, 14, 128)


@pytest.mark.parametrize("inputs", [2, 3, 5])
def test_add_is_the_sum(inputs):
    bench = Bench(Add(), (Volume(5, 3, 2),) * inputs)
    np.testing.assert_allclose(bench.forward(), np.sum(bench.xs, axis=0), rtol=1e-12)
    for dx in bench.gradients()[0]:
        np.testing.assert_array_equal(dx, bench.dy)


def test_add_of_one_volume_to_itself():
    bench = Bench(Add(), (Volume(5, 3, 2),) * 2)
    x = bench.xs[0]
    np.testing.assert_array_equal(bench.forward(x, x), 2 * x)


@pytest.mark.parametrize("volume", [Volume(5, 3, 2), Volume(1, 1, 2), Volume(37, 41, 19)], ids=str)
def test_mul_is_the_product(volume):
    bench = Bench(Mul(), (volume, volume), n=5)
    np.testing.assert_array_equal(bench.forward(), bench.xs[0] * bench.xs[1])
    first, second = bench.gradients()[0]
    np.testing.assert_array_equal(first, bench.dy * bench.xs[1])
    np.testing.assert_array_equal(second, bench.dy * bench.xs[0])


@pytest.mark.parametrize("volume", [Volume(5, 3, 2), Volume(37, 41, 19)], ids=str)
def test_a_gate_weighs_channels(volume):
    bench = Bench(Mul(), (Volume(1, 1, volume.D), volume), n=5)
    gate, x = bench.xs
    np.testing.assert_array_equal(bench.forward(), x * gate)
    dgate, dx = bench.gradients()[0]
    np.testing.assert_allclose(dgate[:, 0, 0], (bench.dy * x).sum((1, 2)), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(dx, bench.dy * gate)


def test_mul_of_one_volume_with_itself():
    bench = Bench(Mul(), (Volume(5, 3, 2),) * 2)
    x = bench.xs[0]
    np.testing.assert_array_equal(bench.forward(x, x), x * x)


def test_concat_keeps_the_order():
    bench = Bench(Concat(), (Volume(5, 3, 2), Volume(5, 3, 1), Volume(5, 3, 4)))
    assert bench.out == (5, 3, 7)
    np.testing.assert_array_equal(bench.forward(), np.concatenate(bench.xs, axis=3))
    first, second, third = bench.gradients()[0]
    np.testing.assert_array_equal(first, bench.dy[..., :2])
    np.testing.assert_array_equal(second, bench.dy[..., 2:3])
    np.testing.assert_array_equal(third, bench.dy[..., 3:])


@pytest.mark.parametrize(
    ("layer", "volumes", "text", "assume"),
    [
        (Add(), (A, B), "the volumes to add must be equal: 28x28x64, 14x14x128.", A),
        (
            Add(),
            (A, A, A._replace(D=63)),
            "the volumes to add must be equal: 28x28x64, 28x28x64, 28x28x63.",
            A,
        ),
        (
            Mul(),
            (A, Volume(1, 1, 128)),
            "the volumes to multiply must be equal, or gates of 1x1x64: 28x28x64, 1x1x128.",
            A,
        ),
        (
            Concat(),
            (A, B),
            "the volumes to join along the depth must have the same width and height: "
            "28x28x64, 14x14x128.",
            Volume(28, 28, 192),
        ),
        (
            Concat(),
            (A, A._replace(H=27), A),
            "the volumes to join along the depth must have the same width and height: "
            "28x28x64, 28x27x64, 28x28x64.",
            Volume(28, 28, 192),
        ),
        (
            Add(),
            (A,),
            "ADD needs two or more inputs, not 1.\n"
            "Name them with from:, like from: [conv1, conv2], in a pattern "
            "ADD(from=[conv1, conv2]).",
            A,
        ),
        (
            Concat(),
            (),
            "CONCAT needs two or more inputs, not 0.\n"
            "Name them with from:, like from: [conv1, conv2], in a pattern "
            "CONCAT(from=[conv1, conv2]).",
            None,
        ),
    ],
)
def test_volumes_that_do_not_fit_together(layer, volumes, text, assume):
    with pytest.raises(LayerError) as caught:
        layer.out_shape(volumes)
    assert str(caught.value) == text
    assert caught.value.assume == assume
