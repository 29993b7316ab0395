"""A convolution step by step, on numbers that can be followed by hand."""

from cnncli.page.figures.window_steps import convolution_step
from cnncli.page.markup import element
from cnncli.page.number_examples import CONVOLUTIONS
from cnncli.page.run_pieces import convolution_piece
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.page.walk import walk


def convolution(subject: Subject | None = None) -> Section:
    """On a piece of a run's test image and its own filters if it has some, and the notes' demo."""
    intro = element(
        "p",
        "Each number of the output V is made from one window of the input X: the numbers under it "
        "times the weights of a filter, number by number, all added up over all depth slices, plus "
        "the filter's bias. The next number is the window's next place, S further. Zeros that "
        "padding has put around the input are faint.",
    )
    piece = convolution_piece(subject) if subject else ""
    return walk(
        "convolution", "A convolution, step by step", intro, CONVOLUTIONS, piece, subject,
        convolution_step,
    )  # fmt: skip
