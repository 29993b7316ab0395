"""What a run of the benchmarks is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The same for every part."""

    networks: tuple[str, ...]
    rounds: int
    threads: int
    batch: int
    compile: bool
