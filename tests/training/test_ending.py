"""Early stopping says that it stopped, why, and which epoch was the best: everywhere the same."""

import json
import os
import signal

import pytest

from cnncli.config.train import EarlyStopping
from cnncli.errors import Interrupted, WriteError
from cnncli.training.ending import stop_text, stop_values
from cnncli.training.run import run
from cnncli.training.state import Watch
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from tests.training.recorded import metrics, saved
from tests.training.silent import Silent

STOPPING = (
    "train.epochs=6", "train.schedule=constant",
    "train.early_stopping={metric: lr, mode: max, patience: 2}",
)  # fmt: skip
"""Nothing improves behind the first epoch, so that the third is the last."""
SAID = (
    "stopped early after epoch 3 of 6: no improvement of lr for 2 epochs; the best was 0.05 in "
    "epoch 1"
)
STOP = {"metric": "lr", "best": 0.05, "best_epoch": 1, "waited": 2}


def ended(session):
    return json.loads(session.directory.about.read_text())["ended"]


def assert_says_so(session, said):
    """On the screen, in metrics.jsonl and in run.json."""
    best = session.progress.best
    accuracy = f"{best.accuracy:.4f}"
    assert said == [
        SAID, f"best network: epoch {best.epoch} of 6, by validation accuracy {accuracy}"
    ]  # fmt: skip
    lines = metrics(session.directory.path)
    assert [line["kind"] for line in lines[-3:]] == ["epoch", "stop", "test"]
    assert lines[-2] == {"kind": "stop", "epoch": 3, "step": 21, **STOP}
    assert ended(session) == {
        "reason": SAID, "epoch": 3, "step": 21, "best_epoch": best.epoch, "early_stopping": STOP
    }  # fmt: skip


@pytest.fixture
def whole(open_session):
    session, display = open_session(*STOPPING, out="whole"), Silent()
    run(session, display)
    assert_says_so(session, display.said)
    return session


def assert_is(session, whole):
    assert saved(session.directory.path) == saved(whole.directory.path)
    assert metrics(session.directory.path) == metrics(whole.directory.path)
    assert ended(session) == ended(whole)
    found, expected = (Checkpoint.load(s.directory.best).progress.best for s in (session, whole))
    assert found == expected


@pytest.mark.parametrize(
    "stops",
    [(1, 7, 13, 20, 21), pytest.param(range(1, 22), marks=pytest.mark.slow)],
    ids=["some steps", "every step"],
)
def test_interrupted(open_session, whole, stops):
    """Within epochs, at their ends, and before and at the end of the run."""
    for stop in stops:
        first = open_session(*STOPPING, out=f"parts-{stop}")
        with pytest.raises(Interrupted):
            run(first, Silent(stop, lambda: os.kill(os.getpid(), signal.SIGTERM)))
        first.close()
        assert "ended" not in json.loads(first.directory.about.read_text())
        checkpoint = Checkpoint.load(first.directory.last)
        second = open_session(*STOPPING, out=f"parts-{stop}", checkpoint=checkpoint)
        display = Silent()
        run(second, display)
        second.close()
        assert_says_so(second, display.said)
        assert_is(second, whole)


@pytest.mark.parametrize("failing", [("record", "stop"), ("record", "test"), ("describe", "ended"),
                                     ("amend", None)])  # fmt: skip
def test_the_end_that_could_not_be_written_is_written_again(
    open_session, whole, monkeypatch, failing
):
    method, what = failing
    true = getattr(RunDirectory, method)

    def fail(directory, *arguments):
        if what is None or repr(what) in str(arguments):
            raise WriteError("disk full")
        true(directory, *arguments)

    first = open_session(*STOPPING, out="parts")
    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, method, fail)
        with pytest.raises(WriteError):
            run(first, Silent())
    first.close()
    checkpoint = Checkpoint.load(first.directory.last)
    second = open_session(*STOPPING, out="parts", checkpoint=checkpoint)
    run(second, Silent())
    assert_is(second, whole)


def test_all_epochs(open_session):
    session, display = open_session(), Silent()
    run(session, display)
    (said,) = display.said
    best = session.progress.best.epoch
    assert said.startswith(f"best network: epoch {best} of 3, by validation accuracy 0.")
    assert ended(session) == {
        "reason": "all epochs are done", "epoch": 3, "step": 21, "best_epoch": best,
        "early_stopping": None,
    }  # fmt: skip
    assert "stop" not in [line["kind"] for line in metrics(session.directory.path)]


def test_a_run_that_is_not_at_its_end_has_not_ended(open_session):
    session = open_session()
    run(session, Silent(), max_steps=7)
    assert "ended" not in json.loads(session.directory.about.read_text())


LOSS = EarlyStopping(patience=5, min_delta=0.01)


@pytest.mark.parametrize(
    ("watch", "rule", "text", "values"),
    [
        (
            Watch(0.42134, 5, True, 7), LOSS,
            "stopped early after epoch 7 of 10: no improvement of validation loss by more than "
            "0.01 for 5 epochs; the best was 0.4213 in epoch 2",
            {"metric": "validation_loss", "best": 0.42134, "best_epoch": 2, "waited": 5},
        ),
        (
            Watch(0.42134, 5, True), LOSS,
            "stopped early: no improvement of validation loss by more than 0.01 for 5 epochs; the "
            "best was 0.4213",
            {"metric": "validation_loss", "best": 0.42134, "best_epoch": None, "waited": 5},
        ),
        (Watch(0.42134, 4, False, 6), LOSS, None, None),
        (Watch(), None, None, None),
    ],
)  # fmt: skip
def test_what_is_said(watch, rule, text, values):
    """Versions before recorded no epochs."""
    assert stop_text(watch, rule, 10) == text
    assert stop_values(watch, rule) == values
