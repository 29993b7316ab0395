"""Quasi-random search."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar

from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.layers.constraints import Field
from cnncli.schema.number_types import Seed
from cnncli.sweep.space import Space

from .search import Sampler


@dataclass(frozen=True, kw_only=True)
class QuasiRandom(Sampler):
    """Like random, but more evenly: no region of the space is left out, none visited twice.

    A Halton sequence with a prime for each key, in the order of the file, whose digits are permuted
    at random (Owen 2017, "A Randomized Halton Algorithm in R").
    """

    name: ClassVar[str] = "quasi"

    seed: Annotated[Seed, Field(description="of the permutations")] = 0

    def values(self, space: Space, number: int) -> dict[str, Any]:
        primes = dict(zip(space, _primes(len(space)), strict=True))
        return space.fill(lambda key, domain: domain.at(share(self.seed, primes[key], number)))


def share(seed: int, prime: int, number: int) -> float:
    """The number's place in [0, 1): its digits, permuted, behind the point in the other order.

    Zeros that lead a number are digits too, up to the precision of the place.
    """
    found, unit = 0.0, 1.0
    for permutation in _permutations(seed, prime):
        number, digit = divmod(number, prime)
        unit /= prime
        found += unit * permutation[digit]
    return min(found, 1 - 2.0**-53)


@cache
def _permutations(seed: int, prime: int) -> tuple[tuple[int, ...], ...]:
    """One of the digits 0 to prime - 1 for each place, as many as 53 bits have."""
    found, place, reach = [], 0, 1
    while reach < 2**53:
        base = random_streams.key(seed, Stream.SWEEP_DIGITS, prime, place)
        found.append(tuple(random_streams.permutation(base, prime).tolist()))
        place, reach = place + 1, reach * prime
    return tuple(found)


def _primes(count: int) -> Iterator[int]:
    """The first so many."""
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
            yield number
        number += 1
