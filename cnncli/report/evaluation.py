"""How an evaluation is shown: totals, a line for each class, and what was taken for what."""

from collections.abc import Iterator, Sequence
from heapq import nsmallest

from cnncli.text import count, join_words, printable, short

from .layout.parts import page
from .layout.words import cut
from .table import Cell, Column, Table, table
from .terminal_chart import Signs, bars, shades, shades_legend

_WIDEST = 20
"""Classes up to which the confusion matrix is shown."""
_SHOWN = 20
"""Confusions that are listed of more classes."""
_NAME = 22
"""Columns that the name of a class takes in a picture."""


def summary(
    name: str, split: str | None, images: int, loss: float, accuracy: float, top5: float | None
) -> str:
    """One line. split: None where all images of a set are judged."""
    what = f"{split} split" if split else "all"
    line = f"{printable(name)}, {what}, {count(images, 'image')}: loss {loss:.4f}"
    line = f"{line}, accuracy {accuracy:.4f}"
    return line if top5 is None else f"{line}, top-5 {top5:.4f}"


Measured = Sequence[float | None]
"""Precision, recall and F1; None: there is nothing to divide by."""


def class_table(
    classes: Sequence[str],
    confusion: Sequence[Sequence[int]],
    measures: Sequence[Measured],
    means: Measured,
) -> str:
    """Each class with its images, how well it is recognised, and what it is most often taken for.

    Below them the means over the classes, of which that of recall is the balanced accuracy.
    """
    columns = (
        Column("class", least=20),
        Column("images", numeric=True),
        *(Column(name, numeric=True) for name in ("precision", "recall", "F1")),
        Column("most often taken for", rank=1, least=20),
    )
    rows: list[list[Cell]] = []
    for k, name in enumerate(classes):
        others = [(times, p) for p, times in enumerate(confusion[k]) if p != k and times]
        mistaken = max(others, default=None, key=lambda pair: (pair[0], -pair[1]))
        wrong = f"{classes[mistaken[1]]} ({mistaken[0]:,})" if mistaken else ""
        rows.append([name, sum(confusion[k]), *map(_share, measures[k]), wrong])
    total: list[Cell] = ["mean of classes", sum(map(sum, confusion)), *map(_share, means), ""]
    balanced = f"balanced accuracy: {_share(means[1])}, the mean recall"
    return page(table(columns, rows, total), balanced)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def never_predicted(
    split: str | None, classes: Sequence[str], confusion: Sequence[Sequence[int]]
) -> str | None:
    """Which classes have images, and none was taken for one of them; None: there are none."""
    predicted = [sum(column) for column in zip(*confusion, strict=True)]
    missed = [
        f"{short(printable(name))} ({count(sum(row), 'image')})"
        for name, row, times in zip(classes, confusion, predicted, strict=True)
        if any(row) and not times
    ]
    if not missed:
        return None
    where = f" of the {split} split" if split else ""
    return (
        f"the network takes no image{where} for {join_words(missed, 'or')}; it may "
        "need more epochs, or, for a class with few training images, data.sampler: balanced or "
        "train.class_weights: balanced"
    )


def confusion_table(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> str:
    """Rows are the true classes, columns what they were taken for.

    Of many classes the largest confusions in a list; empty where there are none.
    """
    if len(classes) > _WIDEST:
        return _largest(classes, confusion) or ""
    columns = [
        Column("true \\ taken for", least=16),
        *(Column(printable(name[:10]), numeric=True, rank=1, least=4) for name in classes),
    ]
    rows: list[list[Cell]] = [[name, *row] for name, row in zip(classes, confusion, strict=True)]
    return table(columns, rows, instead=_largest(classes, confusion))


def pictures(
    classes: Sequence[str],
    confusion: Sequence[Sequence[int]],
    recalls: Sequence[float | None],
    signs: Signs,
    columns: int = 80,
) -> Iterator[str]:
    """For a terminal: the accuracy of each class as a bar, and what it is taken for as shades.

    Of many classes those that are recognised least, and the largest confusions, as bars. Each has a
    heading on its first line.
    """
    names = [cut(printable(name), _NAME) for name in classes]
    if len(classes) <= _WIDEST:
        rows = [*zip(names, recalls, strict=True)]
        yield f"accuracy of each class\n{bars(rows, signs, columns)}"
        if matrix := shades(names, confusion, signs, columns):
            yield f"share of each row, classes as above\n{shades_legend(signs)}\n{matrix}"
        return
    known = [(share, k) for k, share in enumerate(recalls) if share is not None]
    if least := [(names[k], share) for share, k in nsmallest(_SHOWN, known)]:
        yield f"the least accurate of {len(classes):,} classes\n{bars(least, signs, columns)}"
    if most := nsmallest(_SHOWN, _confusions(confusion)):
        shares = [(f"{names[t]} -> {names[p]}", -n / sum(confusion[t])) for n, t, p in most]
        yield f"the largest confusions, of the class's images\n{bars(shares, signs, columns)}"


def _largest(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> Table | None:
    """The pairs of classes that are taken for each other most often; of equal ones the first."""
    found = _confusions(confusion)
    if not found:
        return None
    columns = (
        Column("true", least=20),
        Column("taken for", least=20),
        Column("images", numeric=True),
    )
    shown = nsmallest(_SHOWN, found)
    rest = sum(-times for times, _, _ in found) - sum(-times for times, _, _ in shown)
    total: list[Cell] = ["others", "", rest]
    return table(
        columns,
        [[classes[t], classes[p], -times] for times, t, p in shown],
        total if rest else None,
    )


def _confusions(confusion: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """How often, negative, which class was taken for which other one; where it was at all."""
    return [
        (-times, t, p)
        for t, row in enumerate(confusion)
        for p, times in enumerate(row)
        if p != t and times
    ]
