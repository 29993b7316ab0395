"""Single convolutions of shapes that nothing was made for, forward and backward."""

from collections.abc import Iterator
from itertools import product

from .one_layer import HEADS, graph_of, times
from .options import Options
from .turns import table

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
    heads = ["filter", "channels", "map", "batch", "algorithm", *HEADS]
    rows = []
    for F, C, size, batch in product(FILTERS, CHANNELS, MAPS, BATCHES):
        if batch * size * size > MOST_PIXELS:
            continue
        # behind a first layer with weights, so that the gradient of the input is needed
        graph = graph_of(f"INPUT({size}x{size}x{C}) -> CONV1-{C} -> CONV{F}-{C}(name=odd)")
        measured = times(graph, batch, options)
        row = [f"{F}x{F}", str(C), f"{size}x{size}", str(batch), measured.algorithms["odd"]]
        rows.append([*row, *measured.cells()])
    yield from table(heads, rows)
