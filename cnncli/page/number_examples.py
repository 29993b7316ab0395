"""Numbers to walk over that need no run: those of the notes, as far as these print them."""

from .figures.window_steps import Example

STRIDES = 4
"""The largest stride that may be chosen."""
PADDING = 3
"""The largest padding that may be chosen."""

_SLICES = [
    [[2, 0, 1, 2, 0], [1, 1, 0, 2, 2], [0, 2, 2, 1, 0], [1, 0, 1, 2, 1], [2, 1, 0, 0, 2]],
    [[0, 1, 2, 0, 1], [2, 2, 0, 1, 1], [1, 0, 0, 2, 0], [0, 1, 2, 1, 2], [1, 2, 1, 0, 0]],
    [[1, 2, 0, 1, 2], [0, 0, 1, 2, 0], [2, 1, 1, 0, 1], [2, 0, 2, 0, 0], [0, 1, 1, 2, 1]],
]
_FILTERS = [
    [
        [[1, 0, 0, 0, -1], [0, 1, 0, -1, 0], [0, 1, 1, -1, 0], [0, 0, 1, -1, 0], [-1, 0, 0, 0, 1]],
        [[0, 0, 1, 0, 0], [0, -1, 0, 1, 0], [1, 0, 1, 0, 1], [0, 1, 0, -1, 0], [0, 0, 1, 0, 0]],
        [[1, 0, 0, 0, 1], [0, 0, 1, 1, 0], [0, -1, 0, 1, 0], [0, 1, -1, 0, 0], [1, 0, 0, 0, 1]],
    ],
    [
        [[0, 1, 0, 1, 0], [1, -1, 0, 1, 1], [0, 1, -1, 0, 0], [1, 0, 1, 1, 1], [0, 1, 0, 1, 0]],
        [[-1, 0, 0, 0, -1], [0, 1, 1, 0, 0], [0, 0, -1, 1, 0], [0, -1, 1, 0, 0], [1, 0, 0, 0, 1]],
        [[0, 0, -1, 0, 0], [0, 0, 1, -1, 0], [1, 1, 0, 1, 1], [0, -1, 0, 1, 0], [0, 0, 1, 0, 0]],
    ],
]  # fmt: skip
_EDGE = [[0, 0, 0, 5, 5, 5, 5]] * 4 + [[0, 0, 0, 0, 0, 0, 0]] * 3
_ACROSS = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
_DOWN = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]
_TEN = [[(row * column + row) % 4 for column in range(10)] for row in range(10)]

CONVOLUTIONS = (
    Example(
        "the notes' demo: 5x5x3, two filters",
        "W1 = H1 = 5, D1 = 3, K = 2, F = 3, S = 2, P = 1, as in the notes' animated demo; its "
        "numbers are our own. A larger F shows more of the filters, which are 5x5.",
        _SLICES, {"F": 3, "S": 2, "P": 1}, {"F": 5, "S": STRIDES, "P": PADDING},
        _FILTERS, (1, 0),
    ),
    Example(
        "the notes' question: W = 10, F = 3, S = 2",
        "Without padding the window has no whole number of places: P = 0 and S = 2 do not fit. "
        "Try S = 1, or F = 2.",
        [_TEN], {"F": 3, "S": 2, "P": 0}, {"F": 3, "S": STRIDES, "P": PADDING},
        [[_ACROSS]], (0,),
    ),
    Example(
        "two edges: 7x7x1",
        "W = 7 and F = 3, as in the notes: S = 1 has 5 places, S = 2 has 3, S = 3 does not fit. "
        "The first filter answers to edges from left to right, the second to those from the top "
        "down.",
        [_EDGE], {"F": 3, "S": 1, "P": 0}, {"F": 3, "S": STRIDES, "P": PADDING},
        [[_ACROSS], [_DOWN]], (0, 0),
    ),
)  # fmt: skip
POOLINGS = (
    Example(
        "4x4, windows of 2x2",
        "F = 2 and S = 2, the usual ones: every window lies beside the last, and three numbers of "
        "four are dropped.",
        [[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]],
        {"F": 2, "S": 2}, {"F": 4, "S": STRIDES},
    ),
    Example(
        "7x7, windows that overlap",
        "F = 3 and S = 2, as in AlexNet: neighbours share a row or a column.",
        [[[(3 * row + 5 * column + row * column) % 10 for column in range(7)] for row in range(7)]],
        {"F": 3, "S": 2}, {"F": 5, "S": STRIDES},
    ),
)  # fmt: skip
