"""ADD and CONCAT against NumPy, and what they say of volumes that do not fit together."""

import numpy as np
import pytest

from cnncli.geometry import Volume
from cnncli.layers.base import LayerError
from cnncli.layers.merge import Add, Concat
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
