"""What a run of the benchmarks is asked for."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cnncli.engine.parallel.blas import hold_blas_to_one_thread

NETWORKS = ("small", "vgg", "vggbn", "resnet20")


@dataclass(frozen=True)
class Options:
    """The same for every part."""

    networks: tuple[str, ...]
    rounds: int
    threads: int
    batch: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every part can be told, but for what concerns PyTorch alone."""
    parser.add_argument(
        "--networks", type=names(NETWORKS), default=[*NETWORKS], help=",".join(NETWORKS)
    )
    parser.add_argument("--rounds", type=int, default=15, help="times that count")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)


def names(known: Iterable[str]) -> Callable[[str], list[str]]:
    """A type of arguments: some of the known names, with commas between."""

    def listed(text: str) -> list[str]:
        found = text.split(",")
        if unknown := set(found) - set(known):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
        return found

    return listed


def print_alone(part: Callable[[Options], Iterator[str]], description: str | None) -> None:
    """Reads the options and prints a part that needs no PyTorch."""
    parser = argparse.ArgumentParser(description=description)
    add_arguments(parser)
    given = parser.parse_args()
    hold_blas_to_one_thread()
    options = Options(tuple(given.networks), given.rounds, given.threads, given.batch)
    for line in part(options):
        print(line, flush=True)
