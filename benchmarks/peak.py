"""The peak memory of processes that take training steps, ours and PyTorch's.

`python -m benchmarks.peak WHO NETWORK BATCH THREADS` is one such process.
"""

import subprocess
import sys
from collections.abc import Iterator

from .networks import Step, engine_for, network, noise, training_step
from .options import Options
from .resident import highest, resident
from .turns import table

STEPS = 3
CONTESTANTS = ("cnn", "PyTorch NCHW", "PyTorch channels_last")
MIB = 2**20


def memory(options: Options) -> Iterator[str]:
    """Ours and PyTorch's, at the batch and at twice the batch."""
    yield "## Peak memory"
    yield ""
    yield (
        f"The highest memory of a fresh process in {STEPS} training steps, with those that it "
        "forks, in MiB, looked at every 10 ms; in parentheses, what of it came after the imports. "
        f"{options.threads} threads."
    )
    yield ""
    rows = []
    for name in options.networks:
        for batch in (options.batch, 2 * options.batch):
            found = [_of_process(who, name, batch, options) for who in CONTESTANTS]
            least = min(whole for whole, _ in found[1:])
            cells = [f"{whole / MIB:,.0f} ({grown / MIB:,.0f})" for whole, grown in found]
            rows.append([f"`{name}`", str(batch), *cells, f"{least / found[0][0]:.2f}"])
    yield from table(["network", "batch", *CONTESTANTS, "least PyTorch / cnn"], rows)


def _of_process(who: str, name: str, batch: int, options: Options) -> tuple[int, int]:
    arguments = [who, name, str(batch), str(options.threads)]
    command = [sys.executable, "-m", "benchmarks.peak", *arguments]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    whole, grown = map(int, result.stdout.split())
    return whole, grown


def _step(who: str, name: str, images: int, threads: int) -> Step:
    graph = network(name)
    batch = noise(graph, images)
    engine = engine_for(graph, images, threads)
    if who == "cnn":
        return training_step(engine, batch)
    from .contestants import EAGER, pytorch_training

    with engine:  # it is not needed any more
        return pytorch_training(graph, engine, batch, EAGER[who])


def main() -> None:
    """Prints the highest memory in bytes, and its growth since the imports."""
    who, name, images, threads = sys.argv[1:]
    if who != "cnn":
        import torch

        torch.set_num_threads(int(threads))
    before = resident()

    def steps() -> None:
        step = _step(who, name, int(images), int(threads))
        for _ in range(STEPS):
            step()

    most = highest(steps)
    print(most, most - before)


if __name__ == "__main__":
    main()
