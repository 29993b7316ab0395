"""A run from its first step to its judgement on the test set."""

from dataclasses import asdict, replace
from typing import Any

from .checkpoint import Checkpoint
from .circumstances import circumstances
from .evaluate import Evaluation, evaluate
from .interrupt import Interrupt
from .restoring import restore_network
from .session import Session, views_for
from .trainer import Display, Trainer


def run(session: Session, display: Display, max_steps: int | None = None) -> Evaluation:
    """Trains, then reads the test set once: with the best network if images were held out.

    The run is marked as finished unless `max_steps` ended it early. Raises DivergedError,
    Interrupted (after saving) and WriteError.
    """
    directory = session.directory
    directory.describe(session.config, circumstances(session))
    directory.cut_metrics(session.progress.step)
    with Interrupt() as interrupt:
        Trainer(session, display, max_steps).run(interrupt)
    progress = session.progress
    finished = progress.step >= session.total_steps or progress.watch.stopped
    last = session.checkpoint()
    if session.validation and directory.best.exists():
        last = replace(last, arrays={name: array.copy() for name, array in last.arrays.items()})
        restore_network(Checkpoint.load(directory.best), directory.best, session.engine)
        evaluation = _judged(session)
    else:
        with session.average.in_place():
            evaluation = _judged(session)
    evaluation.check("test")
    directory.record(_test_line(session, evaluation))
    if finished:
        progress.finished = True
        last.save(directory.last, directory.previous)
    return evaluation


def _judged(session: Session) -> Evaluation:
    """On the test set, in all views of its images."""
    return evaluate(session.engine, session.loss, session.test, views_for(session.spec))


def _test_line(session: Session, evaluation: Evaluation) -> dict[str, Any]:
    values = asdict(evaluation)
    del values["confusion"]
    return {
        "kind": "test",
        "step": session.progress.step,
        "dataset": session.data.name,
        **{f"test_{name}": value for name, value in values.items()},
    }
