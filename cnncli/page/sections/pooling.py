"""A pooling step by step, on numbers that can be followed by hand."""

from cnncli.page.figures.window_steps import pooling_step
from cnncli.page.markup import element
from cnncli.page.number_examples import POOLINGS
from cnncli.page.run_pieces import pooling_piece
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.page.walk import walk


def pooling(subject: Subject | None = None) -> Section:
    """On a piece of what a run's first POOL sees if it has one, and on numbers of our own."""
    intro = element(
        "p",
        "Pooling makes a map smaller: of each window one number is left, its largest or its mean. "
        "It has no weights, and each depth slice is pooled on its own.",
    )
    piece = pooling_piece(subject) if subject else ""
    return walk("pooling", "Pooling, step by step", intro, POOLINGS, piece, subject, pooling_step)
