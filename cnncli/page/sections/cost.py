"""Where the time and the memory of a training step go."""

from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest
from xml.etree.ElementTree import Element

from cnncli.bounds import MAX_THREADS
from cnncli.check.result import Step
from cnncli.graph.costs.memory import StepMemory
from cnncli.graph.costs.totals import totals
from cnncli.machine import available_threads
from cnncli.page.elements import Content, element
from cnncli.page.figures.bars import Bar, bars
from cnncli.page.material.history import number
from cnncli.page.material.record import command
from cnncli.page.section import Section, figure
from cnncli.page.subject import Subject
from cnncli.report.timing.breakdown import Breakdown, Pace
from cnncli.text import bytes_text, count
from cnncli.training.tools.step_timing import break_down

TITLE = "Where time and memory go"
SHOWN = 40
"""Layers that have a bar of their own, the largest ones."""
_STEPS = 3
"""That are timed, after two to warm up."""
_SHORT = 0.04
"""Seconds of a step up to which that takes about half a second with all that belongs to it."""
_HOW_TIMED = (
    f"Medians of {_STEPS} steps, in milliseconds. rest: the loss, sums over the threads, and "
    "gradients added where branches meet."
)
_HOLDS = {
    "parameters": "the trained and the running arrays",
    "gradients": "one vector for each thread, and their mean",
    "optimizer": "what it keeps of each parameter, such as the velocity",
    "activations": "outputs that the backward pass needs, of every image of the batch",
    "workspace": "what lives for a while: gradients of activations, windows, gaps",
}


def cost(subject: Subject) -> Section:
    """Memory by what holds it, multiply-adds by layer, and times where that is quick."""
    step = Step.of(subject.spec, subject.graph, subject.spec.train.batch_size)
    drawings = {"cost-memory": _memory(step.memory), "cost-multiply-adds": _macs(subject)}
    body: list[Content] = [
        element("h3", "Memory"),
        element("p", _about_memory(step)),
        figure(drawings["cost-memory"], "Memory of a training step. " + "; ".join(
            f"{name}: {what}" for name, what in _HOLDS.items()) + "."),
        element("h3", "Multiply-adds"),
        element("p", _about_macs(subject)),
        figure(drawings["cost-multiply-adds"], "Multiply-adds of each layer for an image, forward. "
               f"Layers without any are left out, and of many the {SHOWN} largest are shown."),
        element("h3", "Time"),
    ]  # fmt: skip
    if why := _why_not_timed(subject):
        body += [element("p", why), element("pre", element("code", command(subject, "time")))]
    else:
        found = _times(subject)
        drawings["cost-time"] = _bars_of_times(found)
        body += [element("p", _about_times(found)), figure(drawings["cost-time"], _HOW_TIMED)]
    return Section("cost", TITLE, body, figures=drawings)


def _memory(memory: StepMemory) -> Element:
    rows = [
        Bar(name, f"{bytes_text(size)} {size / memory.total:.0%}", (size,))
        for name, size in memory._asdict().items()
    ]
    return bars("Memory of a training step", rows)


def _about_memory(step: Step) -> str:
    return (
        f"A training step of {count(step.images, 'image')} on {count(step.threads, 'thread')} "
        f"takes {bytes_text(step.memory.total)}, counted from shapes. Activations and workspace "
        "grow with the batch, and mostly take the most; of networks with large fully connected "
        "layers parameters, gradients and the optimizer take much too."
    )


def _macs(subject: Subject) -> Element:
    rows = {node.name: (float(node.cost.macs),) for node in subject.graph.nodes if node.cost.macs}
    return bars("Multiply-adds of each layer", _rows(rows, lambda parts: f"{sum(parts):,.0f}"))


def _rows(
    parts: Mapping[str, Sequence[float]], text: Callable[[Sequence[float]], str]
) -> list[Bar]:
    """A bar for each of the largest, in their order, and one for the sum of the others."""
    whole = sum(map(sum, parts.values())) or 1
    kept = {*nlargest(SHOWN, parts, lambda name: sum(parts[name]))}
    others = [own for name, own in parts.items() if name not in kept]
    shown = [(name, own) for name, own in parts.items() if name in kept]
    if others:
        rest = [sum(column) for column in zip(*others, strict=True)]
        shown.append((f"{len(others)} others", rest))
    return [Bar(name, f"{text(own)} {sum(own) / whole:.1%}", own) for name, own in shown]


def _about_macs(subject: Subject) -> str:
    total = totals(subject.graph)
    return (
        f"An image takes {total.macs:,} multiply-adds forward, and {total.training_macs:,} in a "
        "training step: backward each layer is computed about twice more, for the gradients of its "
        "weights and of its input. Convolutions with many filters on large maps take the most; "
        "fully connected layers have many parameters and take few."
    )


def _why_not_timed(subject: Subject) -> str:
    """Empty where the layers' times are found quickly."""
    ask = "This command measures it, layer by layer, on images of noise:"
    if subject.saved is None:
        return ask
    if subject.graph.by_name[subject.graph.scores].out_shape[:2] != (1, 1):
        return (
            "The network gives a map of scores, which is not trained: so no step is timed. " + ask
        )
    if subject.spec.train.kernels == "measured":
        return f"Kernels are chosen by the clock, which takes a while. {ask}"
    seconds = _step_seconds(subject)
    if seconds is None:
        return f"How long a step takes is not recorded. {ask}"
    if seconds > _SHORT:
        return f"A step took {1000 * seconds:,.0f} ms in training: too long to be timed here. {ask}"
    return ""


def _step_seconds(subject: Subject) -> float | None:
    """The mean over the epochs that were recorded."""
    history = subject.history
    steps = history.epoch_steps
    times = [x for line in history.epochs if (x := number(line.get("seconds"))) >= 0]
    return sum(times) / len(times) / steps if steps and times else None


def _times(subject: Subject) -> Breakdown:
    train = subject.spec.train
    threads = min(subject.threads or train.threads or MAX_THREADS, available_threads())
    return break_down(
        subject.spec, subject.graph, threads, _STEPS, subject.notify, has_ceiling=False
    )


def _bars_of_times(found: Breakdown) -> Element:
    rows = {part.name: (_ms(part.forward), _ms(part.backward)) for part in found.layers()}
    rows |= {part.name: (1000 * part.seconds, 0.0) for part in found.others()}
    legend = ("forward", "backward")
    return bars("Time of each layer", _rows(rows, lambda parts: f"{sum(parts):,.2f} ms"), legend)


def _ms(pace: Pace | None) -> float:
    return 1000 * pace.seconds if pace else 0.0


def _about_times(found: Breakdown) -> str:
    whole = found.total()
    without = [part.name for part in found.layers() if part.forward is None]
    within = " A layer without a time is computed by the one before it." if without else ""
    return (
        f"Measured for this page: a training step of {count(found.images, 'image')} of noise on "
        f"{count(found.threads, 'thread')} took {1000 * whole.seconds:,.1f} ms, "
        f"{found.images_per_second:,.0f} images/s. In large networks convolutions take nearly all; "
        f"where rest is large, steps are too short for so many threads.{within}"
    )
