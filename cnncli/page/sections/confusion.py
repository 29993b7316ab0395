"""What was taken for what: the confusion matrix, and how well each class is recognised."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from cnncli.inference.judge import Judgement
from cnncli.page.elements import element, scrolling
from cnncli.page.figures.matrix import draw_matrix, draw_picture
from cnncli.page.material.selection import Cell, Selection
from cnncli.page.section import Section, figure
from cnncli.page.subject import Subject
from cnncli.text import count, printable, short

_NAME, _TITLE = "confusion", "What is taken for what"
_WIDEST = 20
"""Classes up to which each cell of the matrix has its number."""
_LISTED = 20
"""Confusions of more classes."""
_CLASSES = 50
"""Of the table; of more those that are recognised worst."""
_NAMES, _ALL_NAMES = 20, 2_000
"""Images of a cell that are named, and of all cells."""
_LONG = 30
"""Letters of a class that is broken anywhere."""
_LETTERS = 60
"""Of a name."""


def confusion(subject: Subject) -> Section:
    """Its data are the cells with their classes, images, pictures and names."""
    judgement = subject.judgement
    if judgement is None:
        return Section.absent(_NAME, _TITLE, subject.without_images)
    chosen = subject.selection
    subject.keep_pictures()
    is_small = len(subject.classes) <= _WIDEST
    shown = list(chosen.confusions) if is_small else chosen.confusions[:_LISTED]
    if is_small:
        shown += [cell for cell in chosen.cells if cell[0] == cell[1]]
    drawn = _drawing(subject, judgement, shown, is_small=is_small)
    body = [
        element("p", _lead(judgement, subject)),
        element("p", "Press a number for its images; the arrow keys go from cell to cell."
                if is_small else "Press a number of the table for its images.",
                class_="moves"),
        element("div", figure(drawn, _caption(subject.classes, is_small=is_small)),
                None if is_small else _largest(chosen, shown),
                element("div", class_="images moves", aria_live="polite", hidden=True),
                class_="row"),
        element("h3", "Each class"),
        *_classes(judgement, subject.classes),
    ]  # fmt: skip
    data = {"cells": list(_cells(subject, chosen, shown))}
    return Section(_NAME, _TITLE, body, data, {"confusion": drawn})


def _lead(judgement: Judgement, subject: Subject) -> str:
    found = judgement.evaluation
    wrong = found.images - int(found.confusion.trace())
    return (
        f"Of {count(found.images, 'test image')} {wrong:,} are taken for another class than they "
        f"are of, {100 * wrong / found.images:.2f} %. All others stand on the diagonal. It is "
        "normal that classes that look alike are mixed up most; a class that is never predicted, "
        "or a column that takes from all rows, is not."
    )


def _caption(classes: Sequence[str], *, is_small: bool) -> str:
    each = "cell" if is_small else "pixel"
    text = (
        "Each row is the images of one class, each column what they were taken for. "
        f"The stronger a {each}, the larger its share of the row (its square root, so that small "
        "ones are seen)."
    )
    more = "" if is_small else f" A picture of {count(len(classes), 'class', 'classes')}"
    return f"{text}{more}, in their order." if more else text


def _drawing(
    subject: Subject, judgement: Judgement, shown: Sequence[Cell], *, is_small: bool
) -> Element:
    matrix = judgement.evaluation.confusion
    title = f"Confusion matrix of {count(len(subject.classes), 'class', 'classes')}"
    if not is_small:
        return draw_picture(matrix, title)
    places = {name: i for i, name in enumerate(subject.classes)}
    numbers = {(places[true], places[taken]): i for i, (true, taken) in enumerate(shown)}
    return draw_matrix(matrix, subject.classes, title, numbers)


def _largest(chosen: Selection, shown: Sequence[Cell]) -> Element:
    if not shown:
        return element("p", "No image is taken for another class.")
    head = element("tr", *(
        element("th", name, scope="col") for name in ("true", "taken for", "images")
    ))  # fmt: skip
    rows = []
    for i, (true, taken) in enumerate(shown):
        press = element("button", f"{len(chosen.cells[true, taken]):,}", type="button",
                        class_="cell", data_cell=i)  # fmt: skip
        rows.append(element("tr", element("td", true, class_=_class(true)),
                            element("td", taken, class_=_class(taken)),
                            element("td", press, class_="number")))  # fmt: skip
    rest = sum(len(chosen.cells[cell]) for cell in chosen.confusions[len(shown) :])
    if rest:
        rows.append(element("tr", element("td", "others", colspan=2),
                            element("td", f"{rest:,}", class_="number")))  # fmt: skip
    table = element("table", element("caption", "The largest confusions"), element("thead", head),
                    element("tbody", *rows))  # fmt: skip
    return scrolling(table, "The largest confusions")


def _classes(judgement: Judgement, classes: Sequence[str]) -> Iterator[Element]:
    """Precision, recall and F1 of each class, and what it is most often taken for."""
    found, matrix = judgement.evaluation, judgement.evaluation.confusion
    measures, images = found.measures, matrix.sum(axis=1)
    order = list(range(len(classes)))
    if len(classes) > _CLASSES:
        known = [k for k in order if measures[k].recall is not None]
        order = sorted(known, key=lambda k: (measures[k].f1 or 0.0, k))[:_CLASSES]
    yield element(
        "p",
        "Precision: the share of what was taken for the class that is of it. Recall: the share of "
        "its images that were found. F1: the harmonic mean of both.",
    )
    if len(order) < len(classes):
        yield element("p", f"Of {len(classes):,} classes the {len(order)} with the smallest F1.",
                      class_="note")  # fmt: skip
    heads = ("class", "images", "precision", "recall", "F1", "most often taken for")
    head = element("tr", *(
        element("th", name, scope="col", class_="number" if 0 < i < 5 else None)
        for i, name in enumerate(heads)
    ))  # fmt: skip
    rows = []
    for k in order:
        others = matrix[k].copy()
        others[k] = 0
        taken = int(others.argmax())
        wrong = f"{classes[taken]} ({int(others[taken]):,})" if others[taken] else ""
        rows.append(_row(classes[k], int(images[k]), measures[k], wrong))
    foot = _row("mean of classes", found.images, found.means, "")
    yield scrolling(
        element("table", element("thead", head), element("tbody", *rows), element("tfoot", foot)),
        "How well each class is recognised",
    )


def _row(name: str, images: int, measures: Sequence[float | None], wrong: str) -> Element:
    numbers = [f"{images:,}", *("-" if each is None else f"{each:.4f}" for each in measures)]
    return element(
        "tr",
        element("th", name, scope="row", class_=_class(name)),
        *(element("td", number, class_="number") for number in numbers),
        element("td", wrong, class_=_class(wrong)),
    )


def _class(name: str) -> str | None:
    return "long" if len(name) > _LONG else None


def _cells(subject: Subject, chosen: Selection, shown: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Of each cell the pictures that the album has, and names of others."""
    left = _ALL_NAMES
    for true, taken in shown:
        places = chosen.cells[true, taken]
        kept = {place: subject.album.number(place) for place in places}
        pictures = [number for number in kept.values() if number is not None]
        others = [place for place in places if kept[place] is None][: min(_NAMES, left)]
        left -= len(others)
        names = [_end(subject.label(place)) for place in others]
        yield {
            "true": printable(short(true, _LETTERS)),
            "taken": printable(short(taken, _LETTERS)),
            "images": len(places),
            "pictures": pictures,
            "names": names,
        }


def _end(name: str) -> str:
    """A name, or its end, where its number stands."""
    shown = printable(name)
    return shown if len(shown) <= _LETTERS else f"...{shown[3 - _LETTERS :]}"
