"""Which layer of one network is which layer of another, so that an insertion shifts nothing."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from .network import Node

KIND, HYPERPARAMETERS, VOLUMES, NAME = 4, 4, 2, 1
"""What it counts that two layers are equal in these."""
_SAME = KIND + HYPERPARAMETERS + VOLUMES

_DIGITS = str.maketrans("", "", "0123456789")

Pair = tuple[Node | None, Node | None]
"""A layer in both networks; None where one of them does not have it."""
_ADDED, _REMOVED, _PAIRED = range(3)


def align(before: Sequence[Node], after: Sequence[Node]) -> list[Pair]:
    """The pairs, in the order of both networks, that have the most in common altogether.

    The best global alignment (Needleman and Wunsch 1970). Only layers of one kind, or of one
    name, are paired. The time grows with the product of the two lengths, less what is equal at
    both ends.
    """
    head = _leading(
        a.name == b.name and _alike(a, b) == _SAME for a, b in zip(before, after, strict=False)
    )
    before_rest, after_rest = before[head:], after[head:]
    backwards = zip(reversed(before_rest), reversed(after_rest), strict=False)
    tail = _leading(_own(a) == _own(b) and _alike(a, b) == _SAME for a, b in backwards)
    first, second = len(before_rest) - tail, len(after_rest) - tail
    return [
        *zip(before[:head], after[:head], strict=True),
        *_best(before_rest[:first], after_rest[:second]),
        *zip(before_rest[first:], after_rest[second:], strict=True),
    ]


def _own(node: Node) -> str:
    """A name without numbers, which shift where a layer of the kind is added above."""
    return node.name.translate(_DIGITS)


def _leading(equal: Iterable[bool]) -> int:
    """How many are true before the first that is not."""
    return sum(takewhile(bool, equal))


def _alike(a: Node, b: Node) -> int:
    """What two layers have in common, but for their names; 0 for two kinds."""
    if a.layer.kind != b.layer.kind:
        return 0
    volumes = (a.in_shapes, a.out_shape) == (b.in_shapes, b.out_shape)
    return KIND + HYPERPARAMETERS * (a.layer == b.layer) + VOLUMES * volumes


def _best(before: Sequence[Node], after: Sequence[Node]) -> list[Pair]:
    """The alignment of the highest score; what was removed comes before what was added."""
    choices = _choices(before, after)
    pairs: list[Pair] = []
    i = j = 0
    while i < len(before) or j < len(after):
        choice = choices[i][j]
        in_before, in_after = choice != _ADDED, choice != _REMOVED
        pairs.append((before[i] if in_before else None, after[j] if in_after else None))
        i, j = i + in_before, j + in_after
    return pairs


def _choices(before: Sequence[Node], after: Sequence[Node]) -> list[bytearray]:
    """choices[i][j]: what to do first with before[i:] and after[j:]."""
    last = len(after)
    choices = [bytearray([_ADDED]) * (last + 1)]
    below = [0] * (last + 1)
    for node in reversed(before):
        alike = [_alike(node, other) + NAME * (node.name == other.name) for other in after]
        row, choice = [0] * (last + 1), bytearray([_REMOVED]) * (last + 1)
        for j in range(last - 1, -1, -1):
            best = below[j]
            if row[j + 1] > best:
                best, choice[j] = row[j + 1], _ADDED
            if alike[j] and below[j + 1] + alike[j] >= best:
                best, choice[j] = below[j + 1] + alike[j], _PAIRED
            row[j] = best
        below = row
        choices.append(choice)
    return choices[::-1]
