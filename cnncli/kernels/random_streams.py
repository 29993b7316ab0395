"""Counter-based random numbers: a draw is a function of its key and its place, of nothing else.

So the numbers do not depend on how a batch is cut into shards, nor on what was drawn before, and
a resumed run continues with the same ones. The mixing function is the finaliser of SplitMix64
(Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

from cnncli.lazy import NDArray, np

from .chunks import spans
from .workspace import Workspace

_GAMMA = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class Stream(IntEnum):
    """What random numbers are for: the part of a key that keeps them apart from all others.

    The values are those of earlier versions, whose runs draw the same numbers.
    """

    SMOKE_IMAGES = 0
    """Of a trial run without its data set; no seed before it."""
    PARAMETERS = 1
    """(seed, this, array): how parameters start."""
    STEP = 2
    """(seed, this, step): what layers draw in training."""
    PATTERNS = 32
    """(this, part): the images of a made-up data set; no seed before it."""
    VALIDATION_SPLIT = 0x0A11
    """(split seed, this): which images validate; earlier versions had no seed before it."""
    TEST_PART = 0x0A12
    """(split seed, this): which images of a set without a part to test on are tested on."""
    FOLDS = 0x0A13
    """(split seed, this): which images of the training set are in which fold."""
    AUGMENTATION = 0x0A46
    """(seed, this, epoch): changes of images."""
    FIRST_FLIP = 0x0A47
    """(seed, this): which images are flipped in the first epoch, where these take turns."""
    MIXUP = 0x0A48
    """(seed, this, epoch, step, attempt): how two images are mixed."""
    BATCH_ORDER = 0x0BA7
    """(seed, this, epoch): the order of the images."""
    SAMPLER = 0x0BA8
    """(seed, this, class): the order in which a class's images take turns."""
    SWEEP = 0x5EE9
    """(seed, this, trial, digest of the key): the values of a random search."""
    SWEEP_DIGITS = 0x5EEA
    """(seed, this, prime, place): how the digits of a quasi-random search are permuted."""


def _mix(z: NDArray[np.uint64], scratch: NDArray[np.uint64] | None = None) -> NDArray[np.uint64]:
    """SplitMix64's output function, in place; the scratch has the shape of z."""
    for shift, factor in _ROUNDS:
        z ^= np.right_shift(z, np.uint64(shift), out=scratch)
        z *= np.uint64(factor)
    z ^= np.right_shift(z, np.uint64(31), out=scratch)
    return z


@cache
def _places(count: int) -> NDArray[np.uint64]:
    """What is added to a key at the places 1 to count; kept, and nobody may change it."""
    places = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)
    places.flags.writeable = False
    return places


def _words(keys: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """(n, count) 64-bit words: for each key the words at places 1 to count."""
    return _mix(keys[:, None] + _places(count))


def key(*parts: int) -> np.uint64:
    """One key from whole numbers: (seed, stream, epoch, ...)."""
    mixed = 0
    for part in parts:
        mixed = _mix_one(((mixed + _GAMMA) ^ part) & _MASK)
    return np.uint64(mixed)


def _mix_one(z: int) -> int:
    """SplitMix64's output function for a Python integer."""
    for shift, factor in _ROUNDS:
        z = ((z ^ (z >> shift)) * factor) & _MASK
    return z ^ (z >> 31)


def keys(base: np.uint64, indices: NDArray[np.int64]) -> NDArray[np.uint64]:
    """One key for each index, under a common base."""
    return _mix((indices.astype(np.uint64) + np.uint64(1)) * np.uint64(_GAMMA) + base)


def uniform(keys: NDArray[np.uint64], count: int) -> NDArray[np.float64]:
    """(n, count) numbers in [0, 1), with 53 random bits each."""
    return (_words(keys, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def integers(keys: NDArray[np.uint64], count: int, bound: int) -> NDArray[np.int64]:
    """(n, count) whole numbers in [0, bound); the bias is below bound / 2**53."""
    return (uniform(keys, count) * bound).astype(np.int64)


def normal(base: np.uint64, count: int) -> NDArray[np.float64]:
    """`count` standard normal numbers, by the transform of Box and Muller."""
    pairs = uniform(keys(base, np.arange((count + 1) // 2)), 2)
    radius = np.sqrt(-2.0 * np.log1p(-pairs[:, 0]))
    angle = 2.0 * np.pi * pairs[:, 1]
    both = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    return both.reshape(-1)[:count]


def permutation(base: np.uint64, n: int) -> NDArray[np.int64]:
    """The numbers 0 to n - 1 in a random order."""
    return np.argsort(keys(base, np.arange(n)), kind="stable")


def bernoulli16(
    workspace: Workspace, keys: NDArray[np.uint64], count: int, probability: float
) -> NDArray[np.bool_]:
    """(n, count) booleans that are True with `probability`, rounded to a multiple of 2**-16.

    Each word gives four, so that `count` places take a quarter as many words.
    """
    mask: NDArray[np.bool_] = workspace.empty((len(keys), count), np.bool_)
    length, bound = -(-count // 4), np.uint32(round(probability * 65536))
    for span in spans(len(keys), 2 * 8 * length):
        words = workspace.empty((span.stop - span.start, length), np.uint64)
        np.add(keys[span, None], _places(length), out=words)
        _mix(words, scratch=workspace.empty(words.shape, np.uint64))
        np.less(words.view(np.uint16)[:, :count], bound, out=mask[span])
    return mask
