"""Quasi-random search against the discrepancy of random numbers, as SciPy measures it."""

import numpy as np
import pytest
from scipy.stats import qmc

from cnncli.sweep.domains import Choices, Interval
from cnncli.sweep.sampling.quasi_random import QuasiRandom, share
from cnncli.sweep.space import Space

PRIMES = [2, 3, 5, 7, 11, 13, 17, 19]


def points(seed, count, dimensions):
    return np.array(
        [[share(seed, prime, n) for prime in PRIMES[:dimensions]] for n in range(count)]
    )


@pytest.mark.parametrize(("count", "dimensions"), [(16, 2), (32, 3), (64, 5), (256, 8)])
def test_more_even_than_random(count, dimensions):
    """Than nineteen of twenty draws, whatever the seed; and no worse than SciPy's own Halton."""
    rng = np.random.default_rng(0)
    random = [qmc.discrepancy(rng.random((count, dimensions))) for _ in range(40)]
    ours = [qmc.discrepancy(points(seed, count, dimensions)) for seed in range(10)]
    theirs = [qmc.discrepancy(qmc.Halton(dimensions, rng=seed).random(count)) for seed in range(10)]
    assert max(ours) < np.quantile(random, 0.05)
    assert np.mean(ours) < 1.25 * np.mean(theirs)


@pytest.mark.parametrize("prime", PRIMES)
def test_each_stretch_has_its_share(prime):
    """Of the first prime^2 points one lies in each of as many parts."""
    for seed in range(5):
        parts = [int(share(seed, prime, n) * prime**2) for n in range(prime**2)]
        assert sorted(parts) == list(range(prime**2))


def test_shares_are_below_one():
    for prime in (2, 3, 541):
        found = [share(7, prime, n) for n in (0, 1, 2, 10_000, 2**52)]
        assert all(0 <= value < 1 for value in found)
        assert len(set(found)) == len(found)


def test_a_trial_is_a_function_of_its_number():
    space = Space({"a": Interval((), 0.0, 1.0), "b": Choices((), (1, 2, 3))})
    search = QuasiRandom(seed=5)
    backwards = [search.values(space, number) for number in reversed(range(20))]
    assert backwards[::-1] == [QuasiRandom(seed=5).values(space, number) for number in range(20)]
    assert search.values(space, 0) != QuasiRandom(seed=6).values(space, 0)
