"""What a run does when its numbers stop being finite: it ends, or goes back and on more slowly."""

from dataclasses import replace

import numpy as np

from cnncli.config.train import Rollback
from cnncli.errors import CheckpointError, DivergedError
from cnncli.text import count
from cnncli.training.storage.arrays import restore

from .session import Session


def divergence(session: Session, what: str, lr: float) -> DivergedError:
    """The error, with the step, its learning rate, and where the last finite state is."""
    progress, directory = session.progress, session.directory
    kept = "nothing was saved yet"
    if directory.has(directory.last):
        kept = f"the last finite state is {directory.where}"
    times = f", {count(progress.rollbacks, 'rollback')} before" if progress.rollbacks else ""
    return DivergedError(
        f"training diverged in step {progress.step} at learning rate {lr:.3g}{times}: {what}; "
        f"{kept}.\nTry a smaller train.optimizer.lr, a warm-up, or train.clip_norm: 1."
    )


def broken_array(session: Session) -> str | None:
    """The first array of the run that is not finite, by its name."""
    for name, array in session.arrays().items():
        if not np.isfinite(array).all():
            return name.removeprefix("parameters/").removeprefix("state/")
    return None


def roll_back(session: Session, error: DivergedError) -> str:
    """Takes the run back to its last checkpoint, with a smaller learning rate. What to say of it.

    Raises the error where the configuration says so, or has allowed no more of this.
    """
    rule, before, directory = session.spec.train.on_divergence, session.progress, session.directory
    last = directory.last
    if not isinstance(rule, Rollback) or before.rollbacks >= rule.times or not directory.has(last):
        raise error
    try:
        checkpoint = directory.load(last)
    except CheckpointError as damage:
        raise error from damage
    restore(checkpoint, last, session.arrays())
    session.directory.cut_metrics(checkpoint.progress)
    session.progress = replace(
        checkpoint.progress,
        finished=False,
        rollbacks=before.rollbacks + 1,
        lr_factor=before.lr_factor * rule.factor,
    )
    session.directory.amend(session.checkpoint())  # how often it went back is not forgotten
    return (
        f"warning: {error}\nwarning: going back to step {session.progress.step}, rollback "
        f"{session.progress.rollbacks} of {rule.times}: learning rates times "
        f"{session.progress.lr_factor:.3g} from here on"
    )
