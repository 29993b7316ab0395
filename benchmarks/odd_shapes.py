"""Single convolutions of shapes that nothing was made for, forward and backward."""

from collections.abc import Iterator
from itertools import product
from statistics import median

from .one_layer import graph_of, times
from .options import Options
from .turns import digits, fastest, spread, table

FILTERS = (3, 5)
MAPS = (7, 15, 31, 57)
CHANNELS = (3, 20, 48, 100)
BATCHES = (1, 7, 500)
MOST_PIXELS = 500 * 15 * 15
"""Of all images together; more would take minutes."""


def odd(options: Options) -> Iterator[str]:
    """Every filter, number of channels, map and batch beside PyTorch's faster mode."""
    yield "## Odd shapes"
    yield ""
    yield (
        "One convolution with as many filters as channels, stride 1, on a square map that keeps "
        "its size; backward is the gradients of input, filters and biases. "
        f"{options.threads} threads. Milliseconds: median of {options.rounds} (quartiles)."
    )
    yield ""
    heads = ["filter", "channels", "map", "batch", "algorithm"]
    for way in ("forward", "backward"):
        heads += [f"{way}: cnn", "PyTorch NCHW", "channels_last", "fastest PyTorch / cnn"]
    rows = []
    for F, C, size, batch in product(FILTERS, CHANNELS, MAPS, BATCHES):
        if batch * size * size > MOST_PIXELS:
            continue
        # behind a first layer with weights, so that the gradient of the input is needed
        graph = graph_of(f"INPUT({size}x{size}x{C}) -> CONV1-{C} -> CONV{F}-{C}(name=odd)")
        measured = times(graph, batch, options)
        row = [f"{F}x{F}", str(C), f"{size}x{size}", str(batch), measured.algorithms["odd"]]
        for way in (0, 1):
            found = measured.of(way)
            ratio = fastest(found, "PyTorch") / median(found["cnn"])
            row += [*map(spread, found.values()), digits(ratio)]
        rows.append(row)
    yield from table(heads, rows)
