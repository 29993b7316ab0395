"""Our training step over the size of the batch and the number of threads."""

from collections.abc import Iterator
from statistics import median

from .networks import engine_for, network, noise, training_step
from .options import Options
from .turns import digits, spread, table, timed, turns

BATCHES = (32, 64, 128, 256, 512)
NETWORKS = ("vgg", "vggbn")


def scaling(options: Options) -> Iterator[str]:
    """Every batch with one thread and with all."""
    yield "## Scaling"
    yield ""
    yield f"Our training step. Milliseconds: median of {options.rounds} (quartiles)."
    yield ""
    most = options.threads
    heads = ["network", "batch", "1 thread", f"{most} threads", "speed-up", "images/s"]
    rows = []
    for name in [name for name in NETWORKS if name in options.networks]:
        graph = network(name)
        for size in BATCHES:
            batch = noise(graph, size)
            with engine_for(graph, size, 1) as one, engine_for(graph, size, most) as several:
                steps = {1: training_step(one, batch), most: training_step(several, batch)}
                times = turns({key: timed(step) for key, step in steps.items()}, options.rounds)
            alone, together = median(times[1]), median(times[most])
            rows.append(
                [
                    f"`{name}`", str(size), spread(times[1]), spread(times[most]),
                    digits(alone / together), f"{1000 * size / together:,.0f}",
                ]
            )  # fmt: skip
    yield from table(heads, rows)
