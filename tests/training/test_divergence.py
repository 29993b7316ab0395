"""Numbers that stop being finite are noticed in the step, named, and gone back from."""

import json
import os
import re
import signal

import numpy as np
import pytest

from cnncli.errors import DivergedError, Interrupted, WriteError
from cnncli.optim.base import OptimizerState, Segment
from cnncli.optim.muon import Muon
from cnncli.optim.sgd_adam import Adam, AdamW, Sgd
from cnncli.training import trainer
from cnncli.training.run import run
from cnncli.training.storage.checkpoint import Checkpoint
from tests.messages import error_text
from tests.training.recorded import metrics, saved
from tests.training.silent import Silent

NETWORK = "architecture=INPUT-CONV3-4-RELU-POOL-FC-8-RELU-FC"


def at(session, step, change):
    """A display that changes the network after a step."""
    return Silent(step, lambda: change(session.engine.parameters.views))


def message(session, display):
    with pytest.raises(DivergedError) as caught:
        run(session, display)
    assert caught.value.exit_status == 5
    return str(caught.value)


def put(name, value):
    def change(views):
        views[name].reshape(-1)[-1] = value

    return change


def overflow_in_backward(views):
    """Scores are 2.4 and -2.4; the gradient of the second FC's input goes beyond all numbers."""
    views["fc1.W"].fill(0)
    views["fc1.b"].fill(1e-39)
    views["fc2.W"][...] = np.where(np.arange(10) % 2, 3e38, -3e38)
    views["fc2.b"].fill(0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (put("conv1.W", np.nan), "the loss is nan, first in conv1.W"),
        (put("fc1.b", np.inf), "the loss is nan, first in fc1.b"),
        (lambda views: views["fc1.W"].fill(1e38), "the loss is nan, first in the output of fc1"),
        (overflow_in_backward, "the gradient is nan, first in the gradients of fc2"),
    ],
    ids=["weight", "bias", "output", "gradient"],
)
def test_the_step_and_the_layer_are_named(open_session, threads, accumulate, change, found):
    session = open_session(
        NETWORK, f"train.threads={threads}", f"train.accumulate={accumulate}",
        "train.schedule=constant",
    )  # fmt: skip
    display = at(session, 9, change)
    text = message(session, display)
    last = session.directory.last
    assert text == (
        f"training diverged in step 10 at learning rate 0.05: {found}; the last finite state is "
        f"in {last}.\nTry a smaller train.optimizer.lr, a warm-up, or train.clip_norm: 1."
    )
    kept = Checkpoint.load(last)
    assert kept.progress.step == 7
    assert all(np.isfinite(array).all() for array in kept.arrays.values())


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "muon"])
@pytest.mark.parametrize("threads", [1, 2])
def test_an_update_that_overflows_is_noticed_in_its_step(open_session, optimizer, threads):
    session = open_session(
        NETWORK, "train.schedule=constant", f"train.threads={threads}",
        f"train.optimizer={{name: {optimizer}, lr: 1e+300}}",
    )  # fmt: skip
    text = message(session, Silent())
    assert text.startswith("training diverged in step 1 at learning rate 1e+300: conv1.W is not ")


@pytest.mark.parametrize(
    "hyper",
    [
        Sgd(lr=1), Sgd(lr=1, momentum=0.9),
        Sgd(lr=1, momentum=0.9, nesterov=True), Adam(),
        AdamW(),
        Muon(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 17, 40_000, 99_999])
def test_every_rule_notices_what_it_breaks(hyper, place):
    """At any place; a large but finite parameter is no reason to complain."""
    size = 100_000
    w, gradient = np.full(size, 1e-3, np.float32), np.full(size, 1e-3, np.float32)
    w[place] = 3e38
    optimizer = OptimizerState(hyper, size)
    segments = [Segment(slice(0, size), 1.0, 0.01)]
    assert optimizer.update(w, gradient, segments, slice(0, size), 1e-3, 1)
    assert np.isfinite(w).all()
    gradient[place], w[place] = -3.3e38, 3.4e38
    rate = 1e38 if isinstance(hyper, Adam | AdamW) else 10.0
    assert not optimizer.update(w, gradient, segments, slice(0, size), rate, 2)
    assert not np.isfinite(w[place])


def test_matrices_that_overflow_are_noticed():
    w, gradient = np.full(64, 3.4e38, np.float32), np.full(64, -1, np.float32)
    optimizer = OptimizerState(Muon(), 64)
    segments = [Segment(slice(0, 64), 1.0, 0.0, (8, 8))]
    assert not optimizer.update(w, gradient, segments, slice(0, 64), 1e38, 1)


def test_an_alarm_that_means_nothing():
    """Adam's mean square overflows; the parameters stay finite."""
    w, gradient = np.ones(10, np.float32), np.full(10, 1e30, np.float32)
    optimizer = OptimizerState(Adam(), 10)
    assert optimizer.update(w, gradient, [Segment(slice(0, 10), 1.0, 0.0)], slice(0, 10), 0.01, 1)
    assert np.isinf(optimizer.slots["square"]).all()


def test_the_validation_loss_is_looked_at(open_session, monkeypatch):
    session = open_session(NETWORK, "train.schedule=constant")
    true, calls = trainer.evaluate, []

    def evaluate(*arguments, **options):
        calls.append(arguments)
        found = true(*arguments, **options)
        return found if len(calls) < 2 else found.__class__(**vars(found) | {"loss": np.inf})

    monkeypatch.setattr(trainer, "evaluate", evaluate)
    text = message(session, Silent())
    assert text.startswith(
        "training diverged in step 14 at learning rate 0.05: the validation loss is inf; the last "
    )
    assert Checkpoint.load(session.directory.last).progress.step == 7


ROLLBACK = "train.on_divergence=rollback"


@pytest.mark.parametrize("threads", [1, 2])
def test_rollback(open_session, threads):
    """Back to the end of the first epoch, and on at half the rate."""
    session = open_session(
        NETWORK, ROLLBACK, "train.schedule=constant", "train.average=ema",
        f"train.threads={threads}",
    )  # fmt: skip
    display = at(session, 9, put("conv1.W", np.nan))
    run(session, display)
    (warning,) = display.warnings
    assert warning.startswith(
        "warning: training diverged in step 10 at learning rate 0.05: the loss is nan, first in "
        "conv1.W; "
    )
    assert warning.endswith(
        "\nwarning: going back to step 7, rollback 1 of 3: learning rates times 0.5 from here on"
    )
    lines = [line for line in metrics(session.directory.path) if line["kind"] != "test"]
    assert [line["step"] for line in lines if line["kind"] == "epoch"] == [7, 14, 21]
    assert [line["step"] for line in lines if line["kind"] == "step"] == list(range(3, 22, 3))
    for line in lines:
        after = line["step"] > 7
        assert (line["lr"], line.get("rollbacks")) == ((0.025, 1) if after else (0.05, None))
    progress = Checkpoint.load(session.directory.last).progress
    assert (progress.rollbacks, progress.lr_factor, progress.step) == (1, 0.5, 21)


def test_a_run_that_went_back_is_resumed_exactly(open_session):
    """What went wrong is in the images of one step here: a number that is put there each time."""

    def disturbed(session, steps):
        """NaN after step 9, once in the life of a run."""
        return at(session, steps, put("conv1.W", np.nan))

    whole = open_session(NETWORK, ROLLBACK, out="whole")
    run(whole, disturbed(whole, 9))
    parts = open_session(NETWORK, ROLLBACK, out="parts")
    run(parts, disturbed(parts, 9), max_steps=12)
    kept = Checkpoint.load(parts.directory.last)
    assert (kept.progress.step, kept.progress.lr_factor) == (12, 0.5)
    resumed = open_session(NETWORK, ROLLBACK, out="parts", checkpoint=kept)
    run(resumed, Silent())
    assert saved(resumed.directory.path) == saved(whole.directory.path)


@pytest.mark.parametrize("average", ["ema", "{name: lookahead, every: 3, rise: 2}"])
def test_everything_goes_back(open_session, average):
    """State of batch normalisation, the optimizer's memory and the average too."""

    class Notes(Silent):
        """What the run is at the end of its first epoch, and behind the rollback."""

        def epoch(self, metrics, epochs):
            if metrics["epoch"] == 1:
                self.kept = arrays()

        def warn(self, text):
            self.restored = arrays()

    def arrays():
        return {name: array.tobytes() for name, array in session.arrays().items()}

    session = open_session(ROLLBACK, "train.optimizer=adam", f"train.average={average}")
    display = Notes(9, lambda: put("conv1.W", np.nan)(session.engine.parameters.views))
    run(session, display, max_steps=10)
    kinds = {name.split("/")[0] for name in display.kept}
    assert kinds == {"parameters", "state", "slots"}
    assert len([name for name in display.kept if name.startswith("slots/")]) >= 3
    assert display.restored == display.kept


def test_going_back_to_the_beginning(open_session):
    """A rate that is far too large from the first step on."""
    session = open_session(
        NETWORK, "train.optimizer.lr=1e9", "train.schedule=constant",
        "train.on_divergence={name: rollback, factor: 1e-5, times: 2}",
    )  # fmt: skip
    display = Silent()
    run(session, display)
    assert len(display.warnings) == 2
    assert all("going back to step 0, rollback " in text for text in display.warnings)
    progress = Checkpoint.load(session.directory.last).progress
    assert (progress.rollbacks, progress.step) == (2, 21)
    assert progress.lr_factor == pytest.approx(1e-10)
    assert {line["lr"] for line in metrics(session.directory.path) if "lr" in line} == {
        1e9 * progress.lr_factor
    }


def test_the_last_rollback(open_session):
    class Always(Silent):
        def step(self, step, sums):
            put("fc1.b", np.nan)(session.engine.parameters.views)

    session = open_session(NETWORK, "train.on_divergence={name: rollback, times: 2}")
    display = Always()
    text = message(session, display)
    assert len(display.warnings) == 2
    assert text.startswith("training diverged in step 2 at learning rate 0.0")
    assert ", 2 rollbacks before: the loss is nan, first in fc1.b; the last finite state" in text
    progress = Checkpoint.load(session.directory.last).progress
    assert (progress.step, progress.rollbacks, progress.lr_factor) == (0, 2, 0.25)


def test_a_finished_run_that_goes_on_and_back_is_not_finished(open_session):
    first = open_session(NETWORK, "train.epochs=1")
    run(first, Silent())
    kept = Checkpoint.load(first.directory.last)
    assert kept.progress.finished
    more = open_session(NETWORK, ROLLBACK, checkpoint=kept)
    display = at(more, 2, put("conv1.W", np.nan))
    run(more, display, max_steps=10)
    assert len(display.warnings) == 1
    progress = Checkpoint.load(more.directory.last).progress
    assert (progress.step, progress.finished, progress.rollbacks) == (10, False, 1)


def test_a_damaged_checkpoint_does_not_hide_what_went_wrong(open_session):
    session = open_session(NETWORK, ROLLBACK)

    def change(views):
        put("conv1.W", np.nan)(views)
        session.directory.last.write_bytes(session.directory.last.read_bytes()[:-1])

    assert message(session, at(session, 9, change)).startswith(
        "training diverged in step 10 at learning rate "
    )


def test_a_signal_while_it_goes_back(open_session):
    session = open_session(NETWORK, ROLLBACK)

    def change(views):
        put("conv1.W", np.nan)(views)
        os.kill(os.getpid(), signal.SIGTERM)

    caught = error_text(Interrupted, run, session, at(session, 9, change))
    assert caught.startswith("interrupted after step 8, saved in ")
    assert Checkpoint.load(session.directory.last).progress.rollbacks == 1


def record(session):
    return json.loads(session.directory.about.read_text())


def test_the_run_records_that_it_diverged(open_session):
    """Until it goes on; the beginning of what is said is the reason."""
    session = open_session(NETWORK, "train.schedule=constant")
    message(session, at(session, 9, put("conv1.W", np.nan)))
    assert record(session)["diverged"] == {
        "reason": "training diverged in step 10 at learning rate 0.05: the loss is nan, first in "
        "conv1.W",
        "epoch": 2,
        "step": 10,
    }
    assert record(session)["seed"] == session.spec.train.seed
    checkpoint = Checkpoint.load(session.directory.last)
    resumed = open_session(NETWORK, "train.schedule=constant", checkpoint=checkpoint)
    run(resumed, Silent())
    assert "diverged" not in record(resumed)
    assert record(resumed)["ended"]["step"] == 21


def test_that_it_diverged_is_told_where_it_cannot_be_recorded(open_session, monkeypatch):
    session = open_session(NETWORK, "train.schedule=constant")

    def change(views):
        put("conv1.W", np.nan)(views)
        monkeypatch.setattr(session.directory, "describe", fails)

    def fails(*arguments):
        raise WriteError("no room")

    assert message(session, at(session, 9, change)).startswith("training diverged in step 10")
    assert "diverged" not in record(session)


def test_a_test_loss_that_is_not_finite_is_recorded_too(open_session, monkeypatch):
    session = open_session(NETWORK, "train.epochs=1", "data.validation=0")
    whole = trainer.Trainer.run

    def spoiled(self, interrupt):
        whole(self, interrupt)
        session.engine.parameters.views["fc1.b"].fill(np.inf)

    monkeypatch.setattr(trainer.Trainer, "run", spoiled)
    assert message(session, Silent()).startswith("the loss of the test split is ")
    reason = record(session)["diverged"]["reason"]
    assert re.fullmatch("the loss of the test split is .*: the network's scores .* finite", reason)
