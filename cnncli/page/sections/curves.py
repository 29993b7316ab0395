"""How training went, step by step, and beside other runs."""

from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

from cnncli.bounds import MAX_PAGE_POINTS
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.page.elements import Content, element
from cnncli.page.figures.chart import DASHES, Chart, Curve
from cnncli.page.material.history import History
from cnncli.page.section import Section, figure
from cnncli.page.subject import Subject
from cnncli.text import count, join_words

TITLE = "Curves"
_LEAST = 250
"""Points of a curve, however many runs share the page."""


class _Line(NamedTuple):
    """A curve of every run: its name, and the kinds of lines and keys that record it."""

    name: str
    sources: Sequence[tuple[str, str]]
    colour: str = "blue"
    is_faint: bool = False
    mark: str | None = None


class _Plot(NamedTuple):
    """A chart: its file, its title, what is normal, and its curves."""

    name: str
    title: str
    normal: str
    lines: Sequence[_Line]
    from_zero: bool = False
    may_be_log: bool = True


def _passes(metric: str) -> list[_Line]:
    """A metric of each batch, of epochs, of the images held out, and of the test."""
    return [
        _Line("each batch", [("step", metric)], "green", is_faint=True),
        _Line("training", [("epoch", f"train_{metric}")]),
        _Line("validation", [("epoch", f"validation_{metric}")], "orange", mark="circle"),
        _Line("test", [("test", f"test_{metric}")], "purple", mark="square"),
    ]


_PLOTS = (
    _Plot(
        "loss", "Loss",
        "It falls, fast at first. Validation a little above training is normal; where validation "
        "rises while training goes on falling, the network learns its images by heart.",
        _passes("loss"), from_zero=True,
    ),
    _Plot(
        "accuracy", "Accuracy",
        "The share of images whose class is found. Training counts each image as the network took "
        "it in its step: early in the epoch, and augmented; so validation may be above it.",
        _passes("accuracy"), from_zero=True, may_be_log=False,
    ),
    _Plot(
        "learning-rate", "Learning rate",
        "What the schedule and rollbacks made of train.optimizer.lr. A loss that jumps where the "
        "rate is largest asks for a smaller one, or for a longer warm-up.",
        [_Line("learning rate", [("step", "lr"), ("epoch", "lr")])], from_zero=True,
    ),
    _Plot(
        "gradient-norm", "Norm of the gradient",
        "The length of the gradient of a step, before clipping. It stays within a factor of about "
        "ten; single peaks that grow come before a run that diverges.",
        [_Line("norm", [("step", "gradient_norm"), ("epoch", "gradient_norm")])], from_zero=True,
    ),
)  # fmt: skip


def curves(subject: Subject) -> Section:
    """A chart for each of what is recorded. Raises UsageError where another run has no metrics."""
    own = subject.history
    if not own.lines and not subject.beside:
        return Section.absent("curves", TITLE, _why_not(subject))
    others = [History.beside(path) for path in subject.beside]
    every = [own, *others]
    shown = every[: len(DASHES)]
    charts = {plot.name: chart for plot in _PLOTS if (chart := _chart(plot, shown, subject))}
    drawings = {name: chart.drawing for name, chart in charts.items()}
    figures = [
        figure(drawings[plot.name], _caption(plot, charts[plot.name], subject),
               id=f"curve-{plot.name}")
        for plot in _PLOTS if plot.name in charts
    ]  # fmt: skip
    remarks = [element("p", text) for text in _remarks(every, charts, subject)]
    data = {
        "epoch": own.epoch_steps,
        "charts": {f"curve-{name}": chart.data for name, chart in charts.items()},
    }
    body: list[Content] = [*remarks, element("div", *figures, class_="row")]
    names = {f"curve-{name}": drawing for name, drawing in drawings.items()}
    return Section("curves", TITLE, body, data, names)


def _why_not(subject: Subject) -> str:
    if subject.directory is None:
        return "There are no curves: nothing has been trained yet."
    if subject.history.remark:
        return f"There are no curves: {subject.history.remark}."
    return "There are no curves: there is no metrics.jsonl that records a step."


def _chart(plot: _Plot, runs: Sequence[History], subject: Subject) -> Chart | None:
    """None where nothing of it is recorded."""
    most = max(_LEAST, MAX_PAGE_POINTS // len(runs))
    found = [
        curve for place, run in enumerate(runs) for line in plot.lines
        if not (line.is_faint and len(runs) > 1 and run.epochs)
        and len((curve := _curve(line, run, place, len(runs), most)).x)
    ]  # fmt: skip
    marks = [(step, f"rollback {times}") for step, times in runs[0].rollbacks]
    if not found:
        return None
    whole = Chart(plot.title, "step", found, plot.from_zero, plot.may_be_log)
    return Chart(**{**vars(whole), "marks": [m for m in marks if m[0] <= whole.x.high]})


def _curve(line: _Line, run: History, place: int, runs: int, most: int) -> Curve:
    steps, values = run.series(line.sources)
    return Curve.of(
        line.name if runs == 1 else f"{line.name}, {run.name}", steps, values, most,
        colour=line.colour, dash=DASHES[place], is_faint=line.is_faint, mark=line.mark,
    )  # fmt: skip


def _caption(plot: _Plot, chart: Chart, subject: Subject) -> str:
    parts = [plot.normal]
    classes = subject.graph.classes
    if plot.name == "accuracy":
        parts.append(
            f"Guessing among {count(classes, 'class', 'classes')} finds {1 / classes:.4g}."
        )
    if plot.name == "loss" and isinstance(subject.spec.train.loss, SoftmaxCrossEntropy):
        parts.append(f"Guessing among {classes:,} classes alike gives ln {classes} = "
                     f"{log(classes):.4g}.")  # fmt: skip
    if chart.y.is_log:
        parts.append("The values are so far from each other that the axis is logarithmic.")
    if thinned := [curve for curve in chart.curves if curve.total > len(curve.x)]:
        most = max(thinned, key=lambda curve: curve.total)
        parts.append(
            f"Of up to {most.total:,} points of a curve {len(most.x):,} are drawn, with the least "
            "and the largest of each stretch."
        )
    return " ".join(parts)


def _remarks(runs: Sequence[History], charts: dict[str, Chart], subject: Subject) -> Iterator[str]:
    """What is to be known before the charts are read."""
    own = runs[0]
    if own.epoch_steps:
        yield f"An epoch has {count(own.epoch_steps, 'step')}."
    elif own.lines:
        yield "No epoch has ended yet: there are single batches only."
    if not own.lines:
        yield _why_not(subject)
    if missing := [plot.title.lower() for plot in _PLOTS if plot.name not in charts]:
        yield f"Not recorded: {join_words(missing)}."
    if own.rollbacks:
        yield (
            f"The run went back {count(own.rollbacks[-1][1], 'time')}, as its numbers were not "
            "finite any more, and on with a smaller learning rate; dashed lines in red say where."
        )
    if broken := sum(map(_not_finite, runs)):
        yield f"{count(broken, 'value')} that are not finite are left out; a curve is broken there."
    if len(runs) > 1:
        yield (
            "Each run has dashes of its own; steps are those of each run. Single batches are left "
            "out of loss and accuracy where there are epochs."
        )
    if left := [run.name for run in runs[len(DASHES) :]]:
        yield f"Left out, as there is room for {len(DASHES)} runs: {join_words(left)}."


def _not_finite(run: History) -> int:
    return sum(
        not abs(value) < float("inf")
        for plot in _PLOTS for line in plot.lines for value in run.series(line.sources)[1]
    )  # fmt: skip
