"""The training loop."""

import time
from typing import Protocol

import numpy as np

from cnncli.errors import DivergedError, Interrupted

from .clipping import clip
from .early_stopping import observe
from .evaluate import evaluate
from .interrupt import Interrupt
from .progress import Sums
from .schedules import learning_rate
from .session import Session

Metrics = dict[str, str | int | float]


class Display(Protocol):
    """Whoever shows how the run goes."""

    def step(self, sums: Sums) -> None:
        """After each step."""

    def epoch(self, metrics: Metrics, epochs: int) -> None:
        """After each epoch."""


class Trainer:
    """Trains a session's network to its last step, or to `max_steps` if that comes first."""

    def __init__(self, session: Session, display: Display, max_steps: int | None = None) -> None:
        self._session = session
        self._display = display
        total = session.total_steps
        self._last_step = total if max_steps is None else min(total, max_steps)

    def run(self, interrupt: Interrupt) -> None:
        """The loop. Every random choice depends on the seed and the step alone.

        Raises DivergedError where numbers are no longer finite, and Interrupted, after saving,
        where a signal came.
        """
        session, progress = self._session, self._session.progress
        while progress.step < self._last_step and not progress.watch.stopped:
            metrics = self._step()
            if progress.step % session.train.steps == 0:
                self._end_epoch(metrics)
            if interrupt.number is not None:
                self._save()
                where = f"step {progress.step}, saved in {session.directory.last}"
                raise Interrupted(f"interrupted after {where}", interrupt.number)
        if progress.step % session.train.steps:  # else the epoch's end has saved it
            self._save()

    def _step(self) -> Metrics:
        """Forward, backward, clip, update. Returns what was measured."""
        session, engine = self._session, self._session.engine
        progress, settings = session.progress, session.spec.train
        began = time.perf_counter()
        epoch, place = divmod(progress.step, session.train.steps)
        batch = session.train.batch(epoch, place)
        lr = learning_rate(
            settings.schedule,
            settings.optimizer.lr,
            progress.step,
            session.train.steps,
            session.total_steps,
        )
        frozen = session.treatments.frozen(progress.step / session.train.steps)
        result = session.accumulation.gradients(batch, session.loss, progress.step, frozen)
        progress.step += 1
        norm = clip(engine, settings.clip_norm)
        self._check_finite("loss", result.loss_sum, lr)
        self._check_finite("gradient", norm, lr)
        parameters, gradient = engine.parameters.vector, engine.gradient
        segments = session.treatments.segments(frozen)
        engine.parallel(
            lambda part: session.optimizer.update(
                parameters, gradient, segments, part, lr, progress.step
            ),
            parameters.size,
        )
        session.average.update(progress.step, session.total_steps)
        progress.sums.add(result, time.perf_counter() - began)
        self._display.step(progress.sums)
        metrics: Metrics = {"lr": lr, "gradient_norm": norm}
        if progress.step % settings.log_every == 0:
            means: Metrics = {
                "loss": result.loss_sum / result.images,
                "accuracy": result.correct / result.images,
            }
            self._record("step", epoch, means | metrics)
        return metrics

    def _end_epoch(self, metrics: Metrics) -> None:
        """Validation, metrics, early stopping, checkpoints."""
        session, progress = self._session, self._session.progress
        epoch = progress.step // session.train.steps - 1
        metrics = {**progress.sums.metrics(), **metrics}
        is_best = False
        if session.validation:
            with session.average.in_place():
                held_out = evaluate(session.engine, session.loss, session.validation)
            self._check_finite("validation loss", held_out.loss, float(metrics["lr"]))
            metrics["validation_loss"] = held_out.loss
            metrics["validation_accuracy"] = held_out.accuracy
            best = progress.best_accuracy
            if best is None or held_out.accuracy > best:
                progress.best_accuracy = held_out.accuracy
                is_best = True
        if rule := session.spec.train.early_stopping:
            observe(rule, progress.watch, float(metrics[rule.metric]))
        progress.sums = Sums()
        self._display.epoch(self._record("epoch", epoch, metrics), session.spec.train.epochs)
        self._save(is_best=is_best)

    def _record(self, kind: str, epoch: int, metrics: Metrics) -> Metrics:
        step = self._session.progress.step
        line: Metrics = {"kind": kind, "epoch": epoch + 1, "step": step, **metrics}
        if self._session.data.stand_in_for:
            line["dataset"] = self._session.data.name
        self._session.directory.record(line)
        return line

    def _save(self, *, is_best: bool = False) -> None:
        """The checkpoint of this moment, unless its numbers have gone wrong."""
        checkpoint, directory = self._session.checkpoint(), self._session.directory
        for name, array in checkpoint.arrays.items():
            if not np.isfinite(array).all():
                raise self._diverged(f"{name} is not finite", None)
        if is_best:
            checkpoint.save(directory.best)
        checkpoint.save(directory.last, directory.previous)

    def _check_finite(self, what: str, value: float, lr: float) -> None:
        if not np.isfinite(value):
            raise self._diverged(f"the {what} is {value}", lr)

    def _diverged(self, what: str, lr: float | None) -> DivergedError:
        session = self._session
        rate = f" at learning rate {lr:.3g}" if lr is not None else ""
        last = session.directory.last
        kept = f"the last finite state is in {last}" if last.exists() else "nothing was saved yet"
        return DivergedError(
            f"training diverged in step {session.progress.step}{rate}: {what}; {kept}.\n"
            "Try a smaller train.optimizer.lr, a warm-up, or train.clip_norm: 1."
        )
