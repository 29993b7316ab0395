"""A part in which a window walks over numbers, with several examples to choose from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from xml.etree.ElementTree import Element

from cnncli.layers.windows import Axis
from cnncli.page.elements import drawing, element
from cnncli.page.figures.number_grids import WIDTHS, Window
from cnncli.page.figures.window_steps import WRITTEN_OUT, Example
from cnncli.page.png import data_url
from cnncli.page.section import Section, figure
from cnncli.page.shrinking import shrink, visible
from cnncli.page.subject import Subject

from .album import SIDE
from .run_pieces import Piece

SHOWN = 192
"""Units of an image with the piece that is taken of it."""


def walk(
    name: str,
    title: str,
    intro: Element,
    examples: Sequence[Example],
    piece: Piece | str,
    subject: Subject | None,
    draw: Callable[[Example, str], Element],
) -> Section:
    """The first example is drawn; assets/steps.js and NAME.js move it and draw the others.

    piece: the run's own example, which comes first, or why there is none, which may be empty.
    """
    body: list[Element | str | None] = [intro]
    figures = {}
    if isinstance(piece, Piece):
        examples = [piece.example, *examples]
        if piece.window and subject:
            where = _where(subject, piece.window)
            body.append(element("div", where, data_where=True))
            figures[f"{name}-where"] = where
    elif piece:
        body.append(element("p", piece, class_="absent"))
    first = examples[0]
    picture = draw(first, f"{title}: {first.label}")
    figures[name] = picture
    body += [
        element("p", first.note, class_="note", data_part="note"),
        element("p", _rule(first), class_="number", data_part="rule"),
        figure(
            picture,
            "On the left the window on the input, on the right the output as far as it is "
            "computed; below, the sum that gives the marked number.",
        ),
    ]
    data = {"examples": [asdict(example) for example in examples], "widths": WIDTHS,
            "written": WRITTEN_OUT}  # fmt: skip
    return Section(name, title, body, data, figures, ["steps.js"])


def _rule(example: Example) -> str:
    """The size rule with the example's numbers."""
    F, S, P = (example.start.get(letter, 0) for letter in "FSP")
    across, down = (
        Axis(axis, size, extent, S, P, P).arithmetic
        for axis, size, extent in zip(("width", "height"), *_extents(example, F), strict=True)
    )
    if across == down:
        return f"(W - F + 2P)/S + 1 = {across} across and down"
    return f"across: (W - F + 2P)/S + 1 = {across}, down: (H - F + 2P)/S + 1 = {down}"


def _extents(example: Example, F: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """(W, H) of the input, and of the window."""
    (plane, *_) = example.x
    if not example.weights:
        return (len(plane[0]), len(plane)), (F, F)
    weights = example.weights[0][0]
    return (len(plane[0]), len(plane)), (min(F, len(weights[0])), min(F, len(weights)))


def _where(subject: Subject, window: Window) -> Element:
    """The image, with the piece that is shown of it."""
    image = visible(subject.to_look_at(subject.image(subject.sample)))
    height, width, _ = image.shape
    unit = SHOWN / max(width, height)
    x, y, W, H = (round(unit * value, 3) for value in window)
    picture = element("image", href=data_url(shrink(image, SIDE)), x=0, y=0,
                      width=round(unit * width, 3), height=round(unit * height, 3),
                      preserveAspectRatio="none")  # fmt: skip
    frames = [
        element("rect", x=x, y=y, width=W, height=H, class_=f"plain {colour}", stroke_width=wide)
        for colour, wide in (("paper", 5), ("orange", 3))
    ]
    return drawing(unit * width, unit * height, "The test image, and the piece of it", picture,
                   *frames)  # fmt: skip
