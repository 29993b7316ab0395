"""What the preparation of images costs in a training step.

`python -m benchmarks.augmentation` needs no PyTorch.
"""

from collections.abc import Iterator
from statistics import median

import numpy as np

from cnncli.data.batches import Batches
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.transforms.augmentations import Crop, Flip

from .networks import engine_for, network, noise, training_step
from .options import Options, print_alone
from .turns import spread, table, timed, turns


def augmentation(options: Options) -> Iterator[str]:
    """Steps on images that are flipped, cropped and normalised, beside images that are ready."""
    yield "## Augmentation"
    yield ""
    yield (
        f"A training step on {options.batch} images that are ready, and on as many bytes that are "
        "gathered, flipped, cropped (4 pixels of padding) and normalised within it. "
        f"Milliseconds: median of {options.rounds} (quartiles)."
    )
    yield ""
    rows = []
    for name in options.networks:
        graph = network(name)
        ready, image = noise(graph, options.batch), graph.image
        rng = np.random.default_rng(0)
        shape = (4 * options.batch, image.H, image.W, image.D)
        split = Split(rng.integers(0, 256, shape, np.uint8), np.tile(ready.labels, 4))
        pipeline = Pipeline(((125.0,) * image.D, (60.0,) * image.D), [Flip(), Crop(pad=4)], 0)
        batch = Batches(split, pipeline, options.batch, 0, shuffle=True).batch(0, 0)
        with engine_for(graph, options.batch, options.threads) as engine:
            steps = {
                "ready": training_step(engine, ready),
                "augmented": training_step(engine, batch),
            }
            times = turns({key: timed(step) for key, step in steps.items()}, options.rounds)
        share = median(times["augmented"]) / median(times["ready"]) - 1
        rows.append([f"`{name}`", *map(spread, times.values()), f"{100 * share:+.1f}%"])
    yield from table(["network", "ready", "augmented", "more"], rows)


if __name__ == "__main__":
    print_alone(augmentation, __doc__)
