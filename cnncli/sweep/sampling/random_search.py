"""Random search."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.layers.constraints import Field
from cnncli.lazy import np
from cnncli.schema.number_types import Seed
from cnncli.sweep.space import Space

from .search import Sampler


@dataclass(frozen=True, kw_only=True)
class RandomSearch(Sampler):
    """Each value is drawn by itself.

    What a trial gets depends on the seed, its number and the key alone: neither on how many trials
    there are nor on the other keys (Bergstra and Bengio 2012, "Random Search for Hyper-Parameter
    Optimization").
    """

    name: ClassVar[str] = "random"

    seed: Annotated[Seed, Field(description="of the draws")] = 0

    def values(self, space: Space, number: int) -> dict[str, Any]:
        return space.fill(lambda key, domain: domain.at(self._share(key, number)))

    def _share(self, key: str, number: int) -> float:
        word = int.from_bytes(sha256(key.encode()).digest()[:8])
        base = random_streams.key(self.seed, Stream.SWEEP, number, word)
        return float(random_streams.uniform(np.array([base]), 1)[0, 0])
