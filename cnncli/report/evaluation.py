"""How an evaluation is shown: totals, a line for each class, and what was taken for what."""

from collections.abc import Sequence

from cnncli.text import count, join_words, printable, short

from .table import Cell, Column, table

_WIDEST = 20
"""Classes up to which the confusion matrix is shown."""


def summary(
    name: str, split: str, images: int, loss: float, accuracy: float, top5: float | None
) -> str:
    """One line."""
    line = (
        f"{name}, {split} split, {count(images, 'image')}: loss {loss:.4f}, accuracy {accuracy:.4f}"
    )
    return line if top5 is None else f"{line}, top-5 {top5:.4f}"


def class_table(
    classes: Sequence[str], confusion: Sequence[Sequence[int]], accuracies: Sequence[float | None]
) -> str:
    """Each class with its images, its accuracy, and the class that it is most often taken for."""
    columns = (
        Column("class"),
        Column("images", numeric=True),
        Column("accuracy", numeric=True),
        Column("most often taken for"),
    )
    rows: list[list[Cell]] = []
    for k, name in enumerate(classes):
        others = [(times, p) for p, times in enumerate(confusion[k]) if p != k and times]
        mistaken = max(others, default=None, key=lambda pair: (pair[0], -pair[1]))
        wrong = f"{classes[mistaken[1]]} ({mistaken[0]:,})" if mistaken else ""
        accuracy = accuracies[k]
        shown = "-" if accuracy is None else f"{accuracy:.4f}"
        rows.append([name, sum(confusion[k]), shown, wrong])
    return table(columns, rows)


def never_predicted(
    split: str, classes: Sequence[str], confusion: Sequence[Sequence[int]]
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
    return (
        f"the network takes no image of the {split} split for {join_words(missed, 'or')}; it may "
        "need more epochs, or, for a class with few training images, data.sampler: balanced or "
        "train.class_weights: balanced"
    )


def confusion_table(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> str:
    """Rows are the true classes, columns what they were taken for; empty for many classes."""
    if len(classes) > _WIDEST:
        return ""
    columns = [
        Column("true \\ taken for"),
        *(Column(printable(name[:10]), numeric=True) for name in classes),
    ]
    return table(columns, [[name, *row] for name, row in zip(classes, confusion, strict=True)])
