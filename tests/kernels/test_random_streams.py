"""Draws depend on key and place alone, and are distributed as they say."""

import re
from pathlib import Path

import numpy as np
import pytest

from cnncli.kernels import random_streams
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.random_streams import Stream
from cnncli.kernels.workspace import Workspace

NUMBERS = sorted({*range(40), *map(int, Stream)})
"""Seeds, epochs and the like; also those that a stream has as its number."""
KEYS = {
    Stream.SMOKE_IMAGES: [()],
    Stream.PARAMETERS: [(seed, index) for seed in NUMBERS for index in NUMBERS],
    Stream.STEP: [(seed, step) for seed in NUMBERS for step in NUMBERS],
    Stream.PATTERNS: [(part,) for part in (0, 1)],
    Stream.VALIDATION_SPLIT: [(seed,) for seed in NUMBERS],
    Stream.TEST_PART: [(seed,) for seed in NUMBERS],
    Stream.FOLDS: [(seed,) for seed in NUMBERS],
    Stream.AUGMENTATION: [(seed, epoch) for seed in NUMBERS for epoch in NUMBERS],
    Stream.FIRST_FLIP: [(seed,) for seed in NUMBERS],
    Stream.MIXUP: [(seed, *at) for seed in NUMBERS for at in np.ndindex(3, 9, 3)],
    Stream.SAMPLER: [(seed, label) for seed in NUMBERS for label in NUMBERS],
    Stream.SWEEP: [(seed, *at) for seed in NUMBERS for at in np.ndindex(9, 3)],
    Stream.SWEEP_DIGITS: [(seed, *at) for seed in NUMBERS for at in ((2, 0), (2, 1), (3, 0))],
    Stream.BATCH_ORDER: [(seed, epoch) for seed in NUMBERS for epoch in NUMBERS],
}
"""What stands in a key beside the stream; the seed before it, where there is one."""
KEY = r"random_streams\.key\(([^,()]+)(?:, ([^,()]+))?"
"""A call in the sources, with its first two arguments."""
WITHOUT_SEED = (Stream.SMOKE_IMAGES, Stream.PATTERNS)


def test_splitmix64_reference_values():
    """The first words of SplitMix64 with seed 0, as published with its reference code."""
    words = random_streams._words(np.zeros(1, np.uint64), 3)[0]
    assert [hex(word) for word in words] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def keys_of(stream):
    """All keys that are tried for one purpose."""
    for parts in KEYS[stream]:
        if stream in WITHOUT_SEED or not parts:
            yield int(random_streams.key(stream, *parts))
        else:
            seed, *others = parts
            yield int(random_streams.key(seed, stream, *others))


def test_no_two_purposes_share_a_key():
    assert KEYS.keys() == set(Stream)
    keys = [key for stream in Stream for key in keys_of(stream)]
    keys.append(int(random_streams.key(Stream.VALIDATION_SPLIT)))  # as earlier versions drew
    assert len(set(keys)) == len(keys) == sum(map(len, KEYS.values())) + 1


def test_every_stream_is_used_and_none_beside_them():
    """A key begins with a stream, or with a seed and a stream; further ones are made of keys."""
    source = Path(random_streams.__file__).parents[1]
    found = set()
    for path in source.rglob("*.py"):
        for first, second in re.findall(KEY, path.read_text()):
            named = [part for part in (first, second) if part.startswith("Stream.")]
            assert named or first in ("int", "self.key"), (path, first, second)
            found |= {Stream[part.removeprefix("Stream.")] for part in named}
    assert found == set(Stream)


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
    shorts = random_streams._words(keys, 5001).view(np.uint16)[:, :20_001]
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
