"""One step of a window over numbers: what it covers, what is made of it, and where that goes.

assets/convolution.js and assets/pooling.js do the same for every step and setting; their tests
compare them with NumPy, and with these drawings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from .number_grids import Grid, Window, number_grids, numeral, signed_sum

Rows = Sequence[Sequence[float]]

WRITTEN_OUT = 9
"""Numbers of a sum; more would be too long a line."""


@dataclass(frozen=True)
class Example:
    """Numbers to walk over.

    label, note: for the reader. places: decimal places of the numbers. x: (D, H, W). weights: of
    filters (K, D, F, F), of which a smaller F takes the middle; biases (K,). start, most: F, S and
    P at the beginning, and the largest that may be chosen. mode: what a pooling takes of a window.
    """

    label: str
    note: str
    x: Sequence[Rows]
    start: dict[str, int]
    most: dict[str, int]
    weights: Sequence[Sequence[Rows]] = ()
    biases: Sequence[float] = ()
    places: int = 0
    mode: str = "max"


def convolution_step(example: Example, title: str) -> Element:
    """The first filter in the middle of the input, with its sum written out."""
    F, S, P = (example.start[letter] for letter in "FSP")
    x = [_padded(plane, P) for plane in example.x]
    filters = [[_middle(plane, F) for plane in each] for each in example.weights]
    down, across = len(filters[0][0]), len(filters[0][0][0])
    H, W = (len(x[0]) - down) // S + 1, (len(x[0][0]) - across) // S + 1

    def products(place: int) -> list[list[list[float]]]:
        window = Window(place % W * S, place // W * S, across, down)
        pairs = zip(x, filters[0], strict=True)
        return [_products(_cut(plane, window), weights) for plane, weights in pairs]

    i, j = W // 2, H // 2
    here, window = products(j * W + i), Window(i * S, j * S, across, down)
    sums = [sum(_flat(plane)) for plane in here]
    known = [sum(map(sum, map(_flat, products(n)))) + example.biases[0] for n in range(j * W + i)]
    known.append(sum(sums) + example.biases[0])
    V = [_map(known, W, H), *(_map([], W, H) for _ in filters[1:])]
    slices, marked = range(len(x)), Window(i, j, 1, 1)
    columns = [
        [Grid(f"X[:,:,{d}]", x[d], "blue", P, window) for d in slices],
        [Grid(f"W0[:,:,{d}]", filters[0][d], "red") for d in slices],
        [Grid(f"X * W0, {d}", here[d], "purple") for d in slices],
        [Grid("b0", [[example.biases[0]]], "red")],
        [Grid(f"V[:,:,{k}]", plane, "green", 0, None if k else marked, k * H * W)
         for k, plane in enumerate(V)],
    ]  # fmt: skip
    lines = _sum_lines(example, f"V[{i},{j},0]", window, here, sums)
    return number_grids(title, columns, lines, example.places)


def _sum_lines(
    example: Example, name: str, at: Window, products: Sequence[Rows], sums: Sequence[float]
) -> list[str]:
    places, bias = example.places, example.biases[0]
    lines = [f"{name} = sum(X[{at.x}:{at.x + at.W},{at.y}:{at.y + at.H},:] * W0) + b0"]
    for d, plane in enumerate(products):
        values = _flat(plane)
        text = signed_sum(values, places)
        if len(values) > WRITTEN_OUT:
            text = f"sum of {len(values)} products"
        lines.append(f"slice {d}: {text} = {numeral(sums[d], places)}")
    total = numeral(sum(sums) + bias, places)
    return [*lines, f"{name} = {signed_sum([*sums, bias], places)} = {total}"]


def pooling_step(example: Example, title: str) -> Element:
    """The window in the middle of one depth slice."""
    F, S = example.start["F"], example.start["S"]
    (x,) = example.x
    H, W = (len(x) - F) // S + 1, (len(x[0]) - F) // S + 1
    i, j = W // 2, H // 2

    def seen(place: int) -> list[list[float]]:
        return _cut(x, Window(place % W * S, place // W * S, F, F))

    here = seen(j * W + i)
    known = [_pool(_flat(seen(place)), example.mode) for place in range(j * W + i + 1)]
    columns = [
        [Grid("X", x, "blue", 0, Window(i * S, j * S, F, F))],
        [Grid("window", here, "purple")],
        [Grid("V", _map(known, W, H), "green", 0, Window(i, j, 1, 1), 0)],
    ]
    line = _pool_line(example, f"V[{i},{j}]", _flat(here), known[-1])
    return number_grids(title, columns, [line], example.places)


def _pool_line(example: Example, name: str, values: Sequence[float], result: float) -> str:
    places, many, end = example.places, len(values) > WRITTEN_OUT, numeral(result, example.places)
    if example.mode == "max":
        text = ", ".join(numeral(value, places) for value in values)
        return f"{name} = max({f'{len(values)} numbers' if many else text}) = {end}"
    text = f"sum of {len(values)} numbers" if many else signed_sum(values, places)
    return f"{name} = ({text})/{len(values)} = {end}"


def _pool(values: Sequence[float], mode: str) -> float:
    return max(values) if mode == "max" else sum(values) / len(values)


def _map(known: Sequence[float], W: int, H: int) -> list[list[float | None]]:
    """A map (H, W) that begins with these numbers."""
    values = [*known, *([None] * (W * H - len(known)))]
    return [values[row * W : row * W + W] for row in range(H)]


def _flat(rows: Rows) -> list[float]:
    return [value for row in rows for value in row]


def _middle(plane: Rows, F: int) -> list[list[float]]:
    """The middle F x F of a filter, or all of it where it is not larger."""
    down, across = min(F, len(plane)), min(F, len(plane[0]))
    top, left = (len(plane) - down) // 2, (len(plane[0]) - across) // 2
    return _cut(plane, Window(left, top, across, down))


def _padded(plane: Rows, P: int) -> list[list[float]]:
    edge = [[0.0] * (len(plane[0]) + 2 * P) for _ in range(P)]
    return [*edge, *([0.0] * P + list(row) + [0.0] * P for row in plane), *edge]


def _cut(plane: Rows, window: Window) -> list[list[float]]:
    x, y, W, H = window
    return [list(row[x : x + W]) for row in plane[y : y + H]]


def _products(seen: Rows, weights: Rows) -> list[list[float]]:
    pairs = zip(seen, weights, strict=True)
    return [[a * b for a, b in zip(row, others, strict=True)] for row, others in pairs]
