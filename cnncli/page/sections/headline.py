"""What was reached, at what cost, and what does it again."""

from collections.abc import Iterator
from typing import NamedTuple

from cnncli.graph.costs.totals import totals
from cnncli.page.elements import Content, element
from cnncli.page.material.history import History, Line, number
from cnncli.page.material.record import about, command, is_known, told
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.report.progress import duration
from cnncli.text import count, printable
from cnncli.training.state import Progress


class _Fact(NamedTuple):
    """A number with its name, and what is to be said of it."""

    name: str
    value: str
    remark: str = ""


def headline(subject: Subject) -> Section:
    """A few numbers, warnings, and the command."""
    history = subject.history
    facts = [*_accuracies(subject, history), *_costs(subject), *_way(subject, history)]
    tiles = [
        element(
            "div", element("dt", fact.name), element("dd", fact.value),
            element("dd", fact.remark, class_="note") if fact.remark else None,
        )
        for fact in facts
    ]  # fmt: skip
    body: list[Content] = [
        *(element("p", text, class_="warning") for text in _warnings(subject, history)),
        element("dl", *tiles, class_="tiles"),
        *(element("p", text) for text in _ending(subject, history)),
        element("p", "This repeats it:" if subject.directory else "This trains it:"),
        element("pre", element("code", command(subject))),
        *(element("p", text, class_="note") for text in _remarks(subject)),
    ]
    return Section("headline", "At a glance", body)


def _accuracies(subject: Subject, history: History) -> Iterator[_Fact]:
    """On the test images, on those held out, and in training, of the network that is shown."""
    if subject.judgement:
        found = subject.judgement.evaluation
        yield _accuracy("test", found.accuracy, found.images, found.loss)
    elif recorded := [line for line in history.lines if line["kind"] == "test"]:
        line = recorded[-1]
        images, loss = number(line.get("test_images")), number(line.get("test_loss"))
        yield _accuracy("test", number(line.get("test_accuracy")), images, loss)
    if epoch := _epoch(subject, history):
        after = f"after epoch {told(epoch, 'epoch')}"
        if "validation_accuracy" in epoch:
            yield _Fact("validation accuracy", _four(epoch["validation_accuracy"]), after)
        yield _Fact("training accuracy", _four(epoch.get("train_accuracy")), after)


def _accuracy(name: str, accuracy: float, images: float, loss: float) -> _Fact:
    of = f"of {count(int(images), 'image')}, " if images < 2**53 else ""
    return _Fact(f"{name} accuracy", _four(accuracy), f"{of}loss {_four(loss)}")


def _epoch(subject: Subject, history: History) -> Line | None:
    """The last epoch of the network that is shown, which may be of an earlier one than the run."""
    last = subject.saved.checkpoint.progress.step if subject.saved else float("inf")
    return next((line for line in reversed(history.epochs) if number(line["step"]) <= last), None)


def _costs(subject: Subject) -> Iterator[_Fact]:
    total = totals(subject.graph)
    yield _Fact("parameters", f"{total.parameters:,}")
    yield _Fact("multiply-adds", f"{total.macs:,}", "for an image, forward")


def _way(subject: Subject, history: History) -> Iterator[_Fact]:
    """How long it was trained, and from which seed."""
    train, epochs = subject.spec.train, history.epochs
    if subject.directory is None:
        yield _Fact(
            "epochs", f"{train.epochs:,}", f"of batches of {count(train.batch_size, 'image')}"
        )
    else:
        steps = max((int(number(line["step"])) for line in history.lines), default=0)
        yield _Fact("epochs", f"{len(epochs):,} of {train.epochs:,}", count(steps, "step"))
    seconds = sum(x for line in epochs if 0 <= (x := number(line.get("seconds"))) < 1e12)
    if seconds:
        yield _Fact("time", duration(seconds), "of training, evaluation not counted")
    yield _Fact("seed", f"{train.seed}")


def _warnings(subject: Subject, history: History) -> Iterator[str]:
    """That the images are not those that the configuration names."""
    if subject.saved:
        data = subject.saved.checkpoint.data
        if data.stand_in_for:
            yield _stand_in(data.name, data.stand_in_for)
    elif subject.directory and subject.spec.data:
        names = {told(line, "dataset") for line in history.epochs} - {"", subject.spec.data.name}
        yield from (_stand_in(name, subject.spec.data.name) for name in sorted(names))
    if subject.judgement and subject.judgement.judged.is_changed:
        yield "The images that the network is judged on are not those of its run, which had others."


def _stand_in(name: str, asked: str) -> str:
    return (
        f"The images are those of the stand-in {name}, not of {asked}: how good the network is on "
        f"{asked} is not known."
    )


def _ending(subject: Subject, history: History) -> Iterator[str]:
    """Why the run has ended, if it has."""
    if subject.directory is None:
        yield "Nothing has been trained yet: the page shows what is known of the network."
        return
    reason = told(about(subject.directory), "ended", "reason")
    progress = subject.saved.checkpoint.progress if subject.saved else Progress()
    if reason:
        yield f"The run has ended: {reason}."
    elif not progress.finished and not any(line["kind"] == "test" for line in history.lines):
        yield "The run has not ended: numbers are those that were reached so far."
    best = progress.best
    if subject.saved and subject.saved.path.name == "best.safetensors" and best.epoch:
        metric = (best.metric or "validation_accuracy").replace("_", " ")
        yield f"The network shown is the best one, of epoch {best.epoch}, by {metric}."


def _remarks(subject: Subject) -> Iterator[str]:
    if not is_known(subject):
        yield "What the run's commands have set is not recorded; the configuration below is whole."
    yield "Where the images are (data.root) and folders of other paths are left out."


def _four(value: object) -> str:
    """Four digits after the point, as the commands print it."""
    found = number(value)
    return f"{found:.4f}" if abs(found) < 1e6 else printable(f"{found:.4g}")
