"""Draws depend on key and place alone, and are distributed as they say."""

import numpy as np
import pytest

from cnncli.kernels import random_streams
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.workspace import Workspace


def test_splitmix64_reference_values():
    """The first words of SplitMix64 with seed 0, as published with its reference code."""
    words = random_streams._counted(np.zeros(1, np.uint64), 3)[0]
    assert [hex(word) for word in words] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_keys_differ_in_every_part():
    keys = {int(random_streams.key(*parts)) for parts in np.ndindex(8, 8, 8)}
    assert len(keys) == 512
    assert random_streams.key(1, 2) != random_streams.key(2, 1)
    assert random_streams.key(2**70 + 5) == random_streams.key(2**70 + 5)


def test_a_draw_does_not_depend_on_the_others():
    keys = random_streams.keys(random_streams.key(3), np.arange(10))
    whole = random_streams.uniform(keys, 5)
    np.testing.assert_array_equal(random_streams.uniform(keys[4:7], 5), whole[4:7])
    np.testing.assert_array_equal(random_streams.uniform(keys, 3), whole[:, :3])
    mask = random_streams.bernoulli16(Workspace(), keys, 9, 0.5)
    np.testing.assert_array_equal(
        random_streams.bernoulli16(Workspace(), keys[2:3], 9, 0.5), mask[2:3]
    )


def test_uniform_and_normal():
    keys = random_streams.keys(random_streams.key(1), np.arange(1000))
    u = random_streams.uniform(keys, 100)
    assert u.min() >= 0
    assert u.max() < 1
    np.testing.assert_allclose(u.mean(), 0.5, atol=0.005)
    np.testing.assert_allclose(np.corrcoef(u[:-1].ravel(), u[1:].ravel())[0, 1], 0, atol=0.01)
    z = random_streams.normal(random_streams.key(2), 100_001)
    assert z.shape == (100_001,)
    np.testing.assert_allclose([z.mean(), z.std(), (z**4).mean()], [0, 1, 3], atol=0.05)


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 0.999, 1.0])
def test_bernoulli(probability):
    keys = random_streams.keys(random_streams.key(4), np.arange(100))
    mask = random_streams.bernoulli16(Workspace(), keys, 1001, probability)
    np.testing.assert_allclose(mask.mean(), probability, atol=0.005)


def test_bernoulli_takes_four_from_a_word():
    """Also where the words of all images are more than are mixed at a time."""
    keys = random_streams.keys(random_streams.key(8), np.arange(40))
    shorts = random_streams._counted(keys, 5001).view(np.uint16)[:, :20_001]
    assert 2 * shorts.nbytes > PASS_BYTES
    mask = random_streams.bernoulli16(Workspace(), keys, 20_001, 0.3)
    np.testing.assert_array_equal(mask, shorts < round(0.3 * 65536))


def test_integers_and_permutation():
    draws = random_streams.integers(
        random_streams.keys(random_streams.key(5), np.arange(700)), 10, 7
    )
    assert np.bincount(draws.ravel(), minlength=7).min() > 850
    assert sorted(random_streams.permutation(random_streams.key(6), 1000)) == list(range(1000))
    assert list(random_streams.permutation(random_streams.key(6), 5)) != list(range(5))
