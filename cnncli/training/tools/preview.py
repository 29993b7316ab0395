"""What a run will do, epoch by epoch, and how long it may take, before it does it."""

import time
from collections.abc import Iterator
from contextlib import closing

from cnncli.config.specification import Specification
from cnncli.datasets.dataset import Dataset
from cnncli.graph.network import Graph
from cnncli.report.preview import Epoch, preview_text
from cnncli.report.progress import duration
from cnncli.text import count
from cnncli.training.session import Session, views_for
from cnncli.training.storage.directory import RUNS, RunDirectory

_FORWARD_SHARE = 0.4
"""Evaluation of an image against a training step's time for it."""


def preview(spec: Specification, graph: Graph, dataset: Dataset) -> str:
    """The timetable of a run and an estimate of its time, as text. Nothing is written."""
    with closing(Session.open(spec, graph, dataset, RunDirectory(RUNS / spec.name))) as session:
        images, threads = len(session.train.batch(0, 0)), session.engine.threads
        seconds = estimated_seconds(session, session.total_steps)
        return (
            f"{preview_text(timetable(session))}\n\n{count(session.total_steps, 'step')} of "
            f"{count(images, 'image')}: about {duration(seconds)} on {count(threads, 'thread')}"
        )


def timetable(session: Session) -> Iterator[Epoch]:
    """Every epoch of the run."""
    train, steps = session.spec.train, session.train.steps
    for epoch in range(train.epochs):
        at = range(epoch * steps, (epoch + 1) * steps)
        rates = (
            train.schedule.rate(train.optimizer.lr, step, steps, session.total_steps) for step in at
        )
        frozen = set.intersection(*(set(session.groups.frozen(step / steps)) for step in at))
        in_order = (name for name in session.groups.of_arrays if name in frozen)
        yield Epoch(epoch + 1, at.start + 1, at.stop, tuple(rates), tuple(in_order))


def estimated_seconds(session: Session, steps: int) -> float:
    """Seconds for that many more steps, with the evaluations in between and at the end.

    Runs up to three steps on the first batch; no parameter changes, and the running statistics
    are put back.
    """
    engine = session.engine
    batch = session.train.batch(0, 0)
    state = engine.state.vector.copy()
    frozen = session.groups.frozen(session.progress.step / session.train.steps)
    times = []
    for _ in range(min(3, 1 + steps // 10)):
        began = time.perf_counter()
        session.accumulation.gradients(batch, session.loss, 0, frozen)
        times.append(time.perf_counter() - began)
    engine.state.vector[:] = state
    a_step = min(times)
    evaluated = session.test.steps * len(views_for(session.spec))
    if session.validation:
        evaluated += session.validation.steps * (steps // session.train.steps)
    return a_step * (steps + _FORWARD_SHARE * evaluated)
