"""Which test images a page shows, so that few say much."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest

from cnncli.report.predictions import Answer

_WORST, _UNSURE, _BEST = 8, 8, 10
_ROUNDS = 2
"""Images of a cell of the confusion matrix, if the album has room for them."""

Cell = tuple[str, str]
"""The true class, and what it was taken for."""


@dataclass(frozen=True)
class Selection:
    """Places of images in the test set, by what a network says of them."""

    answers: Sequence[Answer]
    classes: Sequence[str]

    @cached_property
    def worst(self) -> list[int]:
        """Mistakes, the surest first."""
        wrong = (i for i, each in enumerate(self.answers) if each.true != each.predicted)
        return nsmallest(_WORST, wrong, key=lambda i: (-self.answers[i].probability, i))

    @cached_property
    def unsure(self) -> list[int]:
        """The smallest probability of what is predicted first."""
        key = lambda i: (self.answers[i].probability, i)  # noqa: E731
        return nsmallest(_UNSURE, range(len(self.answers)), key=key)

    @cached_property
    def best(self) -> list[int]:
        """Of each class the surest that is right; of the first classes, if there are many."""
        best: dict[str, int] = {}
        for i, each in enumerate(self.answers):
            if each.true == each.predicted:
                found = best.get(each.true)
                if found is None or each.probability > self.answers[found].probability:
                    best[each.true] = i
        return [best[name] for name in self.classes if name in best][:_BEST]

    @cached_property
    def cells(self) -> Mapping[Cell, list[int]]:
        """The images of each cell of the confusion matrix that has some, the surest first."""
        found = defaultdict(list)
        for i, each in enumerate(self.answers):
            found[each.true, each.predicted].append(i)
        for places in found.values():
            places.sort(key=lambda i: (-self.answers[i].probability, i))
        return dict(found)

    @cached_property
    def confusions(self) -> list[Cell]:
        """The cells of mistakes, the largest first."""
        wrong = [cell for cell in self.cells if cell[0] != cell[1]]
        return sorted(wrong, key=lambda cell: (-len(self.cells[cell]), cell))

    @property
    def telling(self) -> Iterator[int]:
        """Those whose pictures a page keeps, the most telling first, as long as it has room."""
        yield from (*self.worst, *self.unsure, *self.best)
        for k in range(_ROUNDS):
            for cell in self.confusions:
                yield from self.cells[cell][k : k + 1]
