"""A run from its first step to its judgement on the test set."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any

from cnncli.errors import CheckpointError, DivergedError, WriteError
from cnncli.loggers.logger import Logs
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.environment import environment

from .ending import best_text, stop_text, stop_values
from .evaluate import Evaluation, evaluate
from .session import Session, views_for
from .signals import Interrupt, Noted
from .state import Best
from .trainer import Display, Trainer, interruption


def run(session: Session, display: Display, max_steps: int | None = None) -> Evaluation:
    """Trains, then reads the test set once: with the best network if images were held out.

    The run is marked as finished unless `max_steps` ended it early. Raises DivergedError,
    Interrupted (after saving) and WriteError.
    """
    evaluation = _run(session, display, max_steps, judges=True)
    assert evaluation
    return evaluation


def run_without_test(session: Session, display: Display, max_steps: int | None = None) -> None:
    """The same of a run that is compared with others: what is chosen by it must not see the test.

    Raises as `run` does.
    """
    _run(session, display, max_steps, judges=False)


def _run(
    session: Session, display: Display, max_steps: int | None, *, judges: bool
) -> Evaluation | None:
    directory = session.directory
    about = environment(session)
    directory.describe(session.config, about, display.warn)
    directory.logs = Logs(session.spec.train.log, directory.path, session.config, display.warn)
    directory.cut_metrics(session.progress)
    if _best(session, display) is None:  # it is looked for anew
        session.progress.best = Best(session.progress.best.metric)
    with _divergence_on_record(session, about), Interrupt(session.engine.world) as interrupt:
        Trainer(session, display, max_steps).run(interrupt)
        settings, watch = session.spec.train, session.progress.watch
        if stop := stop_text(watch, settings.early_stopping, settings.epochs):
            display.say(stop)
        last = session.checkpoint()
        best = _best(session, display)
        if judges and best:  # its arrays will take the place of the last ones
            last = replace(last, arrays={name: array.copy() for name, array in last.arrays.items()})
            restore_network(best, directory.best, session.engine)
        evaluation = _judge(session, interrupt, averaged=best is None) if judges else None
        if evaluation:
            evaluation.check("test")
    progress, steps = session.progress, session.train.steps
    best_epoch = best.progress.step // steps if best else None
    stopped = stop_values(watch, settings.early_stopping)
    reached = {"epoch": progress.step // steps, "step": progress.step}
    if stopped:
        directory.record({"kind": "stop", **reached, **stopped})
    if evaluation:
        directory.record(_test_line(session, evaluation))
    if stopped or progress.step >= session.total_steps:
        reason = stop or "all epochs are done"
        ended = {"reason": reason, **reached, "best_epoch": best_epoch, "early_stopping": stopped}
        directory.describe(session.config, {**about, "ended": ended})
        progress.finished = True
        directory.amend(last)
    if best_epoch:
        display.say(best_text(progress.best, best_epoch, settings.epochs))
    return evaluation


@contextmanager
def _divergence_on_record(session: Session, about: Mapping[str, Any]) -> Iterator[None]:
    """Notes in run.json that the run diverged; a run that goes on writes that anew, without it."""
    try:
        yield
    except DivergedError as error:
        progress = session.progress
        epoch = -(-progress.step // session.train.steps)
        reason = str(error).partition("\n")[0].partition(";")[0].removesuffix(".")
        diverged = {"reason": reason, "epoch": epoch, "step": progress.step}
        with suppress(WriteError):  # that it diverged is what the user must know
            session.directory.describe(session.config, {**about, "diverged": diverged})
        raise


def _best(session: Session, display: Display) -> Checkpoint | None:
    """The best checkpoint, if it is the one of which the run knows.

    It is another where a run was ended between its best and its last checkpoint.
    """
    path, known = session.directory.best, session.progress.best
    if known.accuracy is None or not session.directory.has(path):
        return None
    try:
        best = session.directory.load(path)
    except CheckpointError as error:
        display.warn(f"warning: {error}; it is not used")
        return None
    return best if best.progress.best == known else None


def _judge(session: Session, interrupt: Interrupt, *, averaged: bool) -> Evaluation:
    """The network in memory, or its average, on the test set, in all views of its images.

    Raises Interrupted where a signal came.
    """
    network = session.average.in_place() if averaged else nullcontext()
    views = views_for(session.spec)
    try:
        with network:
            return evaluate(session.engine, session.loss, session.test, views, interrupt.check)
    except Noted:
        raise interruption(session, interrupt) from None


def _test_line(session: Session, found: Evaluation) -> dict[str, Any]:
    values = {"images": found.images, "loss": found.loss, "accuracy": found.accuracy}
    if found.top5 is not None:
        values["top5"] = found.top5
    return {
        "kind": "test",
        "step": session.progress.step,
        "dataset": session.data.name,
        **{f"test_{name}": value for name, value in values.items()},
    }
