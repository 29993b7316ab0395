"""The peak memory of processes that take training steps, ours and PyTorch's.

It is the highest growth since the imports, with those that a process forks, looked at every 10 ms.
`python -m benchmarks.peak WHO NETWORK BATCH THREADS` is one such process.
"""

import subprocess
import sys

from .networks import Step, engine_for, network, noise, training_step
from .resident import highest, resident

STEPS = 3
CONTESTANTS = ("cnn", "PyTorch NCHW", "PyTorch channels_last")


def grown(name: str, batch: int, threads: int) -> dict[str, int]:
    """Bytes by which each contestant's process grows in some training steps."""
    found = {}
    for who in CONTESTANTS:
        command = [sys.executable, "-m", "benchmarks.peak", who, name, str(batch), str(threads)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        found[who] = int(result.stdout)
    return found


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
    """Prints the growth in bytes."""
    who, name, images, threads = sys.argv[1:]
    if who != "cnn":
        import torch

        torch.set_num_threads(int(threads))
    before = resident()

    def steps() -> None:
        step = _step(who, name, int(images), int(threads))
        for _ in range(STEPS):
            step()

    print(highest(steps) - before)


if __name__ == "__main__":
    main()
