"""The training loop."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import numpy as np

from cnncli.config.train import Rollback
from cnncli.errors import DivergedError, Interrupted

from .divergence import broken_array, divergence, roll_back
from .evaluate import evaluate
from .gradients import clip
from .session import Session
from .signals import Interrupt, Noted
from .state import Sums

Metrics = dict[str, str | int | float]


class Display(Protocol):
    """Whoever shows how the run goes."""

    def step(self, step: int, sums: Sums) -> None:
        """After each step."""

    def epoch(self, metrics: Metrics, epochs: int) -> None:
        """After each epoch."""

    def say(self, text: str) -> None:
        """Something that happened."""

    def warn(self, text: str) -> None:
        """Something that should be known."""


def interruption(session: Session, interrupt: Interrupt) -> Interrupted:
    """That a signal has ended a run, which is saved."""
    assert interrupt.number is not None
    directory = session.directory
    where = f"step {session.progress.step}, saved {directory.where}"
    run = directory.path if directory.stays else None
    return Interrupted(f"interrupted after {where}", interrupt.number, run)


class Trainer:
    """Trains a session's network to its last step, or to `max_steps` if that comes first."""

    def __init__(self, session: Session, display: Display, max_steps: int | None = None) -> None:
        self._session = session
        self._display = display
        total = session.total_steps
        self._last_step = total if max_steps is None else min(total, max_steps)

    def run(self, interrupt: Interrupt) -> None:
        """The loop. Every random choice depends on the seed and the step alone.

        Raises DivergedError where numbers are no longer finite and the run may not go back, and
        Interrupted, after saving, where a signal came.
        """
        session = self._session
        rolls_back = isinstance(session.spec.train.on_divergence, Rollback)
        if rolls_back and not session.directory.has(session.directory.last):
            self._save(0.0)
        while self._is_unfinished():
            try:
                self._advance(interrupt)
            except DivergedError as error:
                self._display.warn(roll_back(session, error))

    def _is_unfinished(self) -> bool:
        progress = self._session.progress
        has_steps = progress.step < self._last_step and not progress.watch.stopped
        return has_steps or self._epoch_has_ended()

    def _epoch_has_ended(self) -> bool:
        """All its steps are done, and what is due after them is not."""
        progress = self._session.progress
        return progress.step % self._session.train.steps == 0 and progress.sums.images > 0

    def _advance(self, interrupt: Interrupt) -> None:
        """A step, unless only the epoch's end is left to do, and what is due after it."""
        session, progress, saved = self._session, self._session.progress, False
        if not self._epoch_has_ended():
            self.step()
        interrupt.agree()
        if self._epoch_has_ended():
            with suppress(Noted):  # the resumed run then begins with the epoch's end
                self._end_epoch(interrupt)
                saved = True
        if not saved and (interrupt.number is not None or progress.step == self._last_step):
            self._save(progress.sums.lr)
        if interrupt.number is not None:
            raise interruption(session, interrupt)

    def step(self) -> None:
        """The next step: its batch, the gradient, the update, and what is told of it."""
        session, engine = self._session, self._session.engine
        progress, settings = session.progress, session.spec.train
        began = time.perf_counter()
        step = progress.step
        epoch, place = divmod(step, session.train.steps)
        batch = session.train.batch(epoch, place)
        lr = progress.lr_factor * settings.schedule.rate(
            settings.optimizer.lr, step, session.train.steps, session.total_steps
        )
        frozen = session.groups.frozen(step / session.train.steps)
        loss = session.loss_of(batch.labels)
        result = session.accumulation.gradients(batch, loss, step, frozen)
        progress.step += 1
        norm = clip(engine, settings.clip_norm)
        for what, value in (("loss", result.loss_sum), ("gradient", norm)):
            if not np.isfinite(value):
                where = session.accumulation.first_not_finite(batch, loss, step, frozen)
                first = f", first in {where}" if where else ""
                raise divergence(session, f"the {what} is {value}{first}", lr)
        self._update(frozen, lr)
        progress.sums.add(result, time.perf_counter() - began, lr, norm)
        self._display.step(progress.step, progress.sums)
        if progress.step % settings.log_every == 0:
            metrics = {
                "loss": result.loss_sum / result.images,
                "accuracy": result.correct / result.images,
                "lr": lr,
                "gradient_norm": norm,
            }
            self._record("step", epoch, metrics)

    def _update(self, frozen: frozenset[str], lr: float) -> None:
        session, engine = self._session, self._session.engine
        parameters, gradient = engine.parameters.vector, engine.gradient
        segments, step = session.groups.segments(frozen), session.progress.step
        finite = engine.parallel(
            lambda part: session.optimizer.update(parameters, gradient, segments, part, lr, step),
            parameters.size,
        )
        if not all(finite) or not np.isfinite(engine.state.vector).all():
            raise divergence(session, f"{broken_array(session)} is not finite", lr)
        session.average.update(step, session.total_steps)

    def _end_epoch(self, interrupt: Interrupt) -> None:
        """Validation, metrics, early stopping, checkpoints. Raises Noted before any of it."""
        session, progress = self._session, self._session.progress
        epoch = progress.step // session.train.steps - 1
        metrics, lr = progress.sums.metrics(), progress.sums.lr
        is_best = False
        if session.validation:
            with session.average.in_place():
                held_out = evaluate(
                    session.engine, session.loss, session.validation, pause=interrupt.check
                )
            if not np.isfinite(held_out.loss):
                raise divergence(session, f"the validation loss is {held_out.loss_in_words}", lr)
            metrics["validation_loss"] = held_out.loss
            metrics["validation_accuracy"] = held_out.accuracy
            is_best = progress.best.observe(
                epoch + 1, progress.step, held_out.loss, held_out.accuracy
            )
        if rule := session.spec.train.early_stopping:
            progress.watch.observe(rule, epoch + 1, metrics[rule.metric])
        progress.sums = Sums()
        self._display.epoch(self._record("epoch", epoch, metrics), session.spec.train.epochs)
        self._save(lr, is_best=is_best)

    def _record(self, kind: str, epoch: int, metrics: Mapping[str, float]) -> Metrics:
        progress = self._session.progress
        line: Metrics = {"kind": kind, "epoch": epoch + 1, "step": progress.step, **metrics}
        if progress.rollbacks:
            line["rollbacks"] = progress.rollbacks
        if self._session.data.stand_in_for:
            line["dataset"] = self._session.data.name
        self._session.directory.record(line)
        return line

    def _save(self, lr: float, *, is_best: bool = False) -> None:
        """The checkpoint of this moment, unless its numbers have gone wrong."""
        if broken := broken_array(self._session):
            raise divergence(self._session, f"{broken} is not finite", lr)
        self._session.directory.save(self._session.checkpoint(), is_best=is_best)
