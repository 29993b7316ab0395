"""The benchmarks beside PyTorch, as one page of Markdown: `python -m benchmarks`.

`python -m benchmarks.targets` measures whole networks. The page goes to standard output, part by
part, and with --out into a file.
"""

import argparse
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from cnncli import __version__
from cnncli.engine.parallel.blas import hold_blas_to_one_thread
from cnncli.machine import available_threads

from .accuracy import accuracy
from .allocations import allocations
from .augmentation import augmentation
from .denormals import denormals
from .layers import layers
from .machine import cores_got, processor
from .odd_shapes import odd
from .options import Options, add_arguments, names
from .scaling import scaling
from .single import single
from .startup import startup

PARTS: dict[str, Callable[[Options], Iterator[str]]] = {
    "layers": layers,
    "scaling": scaling,
    "odd": odd,
    "single": single,
    "startup": startup,
    "allocations": allocations,
    "denormals": denormals,
    "augmentation": augmentation,
    "accuracy": accuracy,
}
REMARKS = Path(__file__).with_name("remarks.md")


def page(parts: list[str], options: Options) -> Iterator[str]:
    """Its lines."""
    yield "# Measured beside PyTorch"
    yield ""
    yield (
        f"{processor()}, {available_threads()} cores; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, PyTorch {torch.__version__}, cnncli {__version__}."
    )
    yield "The contestants take turns; a ratio above 1 means that cnn takes less."
    got = []
    for name in parts:
        got.append(f"{cores_got(options.threads):.2f}")
        yield ""
        yield from PARTS[name](options)
    yield ""
    yield (
        f"Before each part, {options.threads} threads that multiplied matrices got the time of "
        f"{', '.join(got)} cores; on a quiet machine that is {options.threads}."
    )
    yield ""
    yield REMARKS.read_text().rstrip()


def main() -> None:
    """Reads the options and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--parts", type=names(PARTS), default=[*PARTS], help=",".join(PARTS))
    add_arguments(parser)
    parser.add_argument("--out", type=Path, help="a file for the page")
    given = parser.parse_args()
    hold_blas_to_one_thread()
    torch.set_num_threads(given.threads)
    options = Options(tuple(given.networks), given.rounds, given.threads, given.batch)
    lines = []
    for line in page(given.parts, options):
        print(line, flush=True)
        lines.append(line)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
