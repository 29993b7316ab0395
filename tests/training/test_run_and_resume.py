"""Whole runs: repeatable to the bit, resumable to the bit, and honest about trouble."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.errors import CheckpointError, DivergedError, Interrupted, WriteError
from cnncli.training import trainer
from cnncli.training.run import run
from cnncli.training.state import Best
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.environment import environment
from tests.messages import error_text
from tests.training.recorded import metrics, saved
from tests.training.silent import Silent


def epochs_of(session):
    return [line for line in metrics(session.directory.path) if line["kind"] == "epoch"]


def best_of(epochs, metric):
    """The line of the best one, by the definition."""
    other = "validation_loss" if metric == "validation_accuracy" else "validation_accuracy"
    for name in (metric, other):
        choose = min if name == "validation_loss" else max
        value = choose(line[name] for line in epochs)
        epochs = [line for line in epochs if line[name] == value]
    return epochs[0]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_bits(open_session, threads):
    found = []
    for out, seed in (("a", 5), ("b", 5), ("c", 6)):
        session = open_session(f"train.threads={threads}", f"train.seed={seed}", out=out)
        run(session, Silent())
        found.append(saved(session.directory.path))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupted_at_every_step(open_session, threads):
    """With dropout, augmentation, batch-norm, momentum and a moving average.

    210 images in batches of 32 are 7 steps an epoch, the last of them short; 3 epochs.
    """
    overrides = (f"train.threads={threads}", "train.average=ema")
    whole = open_session(*overrides, out="whole")
    result = run(whole, Silent())
    assert whole.arrays().keys() > {"slots/velocity", "slots/average", "slots/average_state"}
    for stop in range(1, 22):
        first = open_session(*overrides, out=f"parts-{stop}")
        with pytest.raises(Interrupted):
            run(first, Silent(stop, lambda: os.kill(os.getpid(), signal.SIGTERM)))
        first.close()
        checkpoint = Checkpoint.load(first.directory.last)
        assert checkpoint.progress.step == stop
        second = open_session(*overrides, out=f"parts-{stop}", checkpoint=checkpoint)
        again = run(second, Silent())
        second.close()
        assert saved(second.directory.path) == saved(whole.directory.path)
        assert metrics(second.directory.path) == metrics(whole.directory.path)
        assert again.loss == result.loss
        np.testing.assert_array_equal(again.confusion, result.confusion)


FEATURES = (
    "data.augment=[{flip: {alternate: true}}, {crop: {pad: 1, border: reflect}}, {cutout: 3}, "
    "random_erasing]",
    "data.views=[flip, {shift: 1}]",
    "train.groups=[{layers: conv1, arrays: W, lr: 0}, {layers: BN, lr: 3}, {layers: fc, after: 1}]",
    "train.accumulate=2",
    "train.last_batch=wrap",
    "train.mixup=0.3",
    "train.loss=focal",
    "data.sampler=balanced",
    "train.class_weights={0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8, 8: 9, 9: 10}",
)


@pytest.mark.parametrize("average", ["ema", "{name: lookahead, every: 3, rise: 2}"])
@pytest.mark.parametrize("stop", [3, 8])
def test_a_resumed_run_with_everything_switched_on(open_session, stop, average):
    overrides = (*FEATURES, f"train.average={average}")
    whole = open_session(*overrides, out="whole")
    result = run(whole, Silent())
    first = open_session(*overrides, out="parts")
    run(first, Silent(), max_steps=stop)
    checkpoint = Checkpoint.load(first.directory.last)
    second = open_session(*overrides, out="parts", checkpoint=checkpoint)
    again = run(second, Silent())
    assert saved(second.directory.path) == saved(whole.directory.path)
    np.testing.assert_array_equal(again.confusion, result.confusion)


def test_whitening_is_done_once(open_session, tmp_path):
    """From the images at the beginning; a resumed run takes the weights of its checkpoint."""
    layer = "architecture=INPUT -> CONV(K=8, F=2, P=0, init=whitening) -> RELU -> FC"
    first = open_session(layer, out="whitened")
    start = first.engine.parameters.views["conv1.W"].copy()
    np.testing.assert_array_equal(start[..., 4:], -start[..., :4])
    run(first, Silent(), max_steps=2)
    learned = first.engine.parameters.views["conv1.W"].copy()
    second = open_session(layer, out="whitened", checkpoint=Checkpoint.load(first.directory.last))
    np.testing.assert_array_equal(second.engine.parameters.views["conv1.W"], learned)
    assert not np.array_equal(learned, start)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_after_the_step(open_session, number):
    session = open_session()
    with pytest.raises(Interrupted) as caught:
        run(session, Silent(5, lambda: os.kill(os.getpid(), number)))
    last = session.directory.last
    assert str(caught.value) == f"interrupted after step 5, saved in {last}"
    assert caught.value.exit_status == 128 + number
    assert Checkpoint.load(last).progress.step == 5
    whole = open_session(out="whole")
    run(whole, Silent())
    resumed = open_session(checkpoint=Checkpoint.load(last))
    run(resumed, Silent())
    assert saved(resumed.directory.path) == saved(whole.directory.path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_so(open_session, number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        session = open_session()
        run(session, Silent(5, lambda: os.kill(os.getpid(), number)))
        assert session.progress.finished
    finally:
        signal.signal(number, before)


def test_a_second_interrupt_ends_at_once(open_session):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(open_session(), Silent(2, twice))


@pytest.mark.parametrize(
    ("overrides", "what"),
    [
        (
            ["architecture=INPUT-CONV3-4(init=normal(1e20))-BN-RELU-FC", "data.normalise=false",
             "train.optimizer.lr=1e-6"],
            "in step 1 at learning rate 1e-06: the loss is nan, first in the output of batchnorm1",
        ),
        (
            ["architecture=INPUT-FC-10(init=normal(1e-20))-FC(init=normal(1e22))",
             "train.optimizer={name: adam, lr: 1e-6}"],
            "in step 7 at learning rate 1e-06: slots/square is not finite",
        ),
    ],
)  # fmt: skip
def test_hidden_overflow_is_not_saved(open_session, overrides, what):
    """The scores are finite, or would be without what has overflowed."""
    session = open_session(*overrides, "train.schedule=constant")
    caught = error_text(DivergedError, run, session, Silent())
    assert caught.startswith(f"training diverged {what}; nothing was saved yet.\n")
    assert not session.directory.last.exists()
    assert not session.directory.best.exists()


def test_best_is_kept_and_judged(open_session):
    session = open_session()
    run(session, Silent())
    epochs = epochs_of(session)
    best = best_of(epochs, "validation_accuracy")
    checkpoint = Checkpoint.load(session.directory.best)
    assert checkpoint.progress.step == best["step"]
    assert checkpoint.progress.best == Best(
        "validation_accuracy",
        best["validation_accuracy"],
        best["validation_loss"],
        best["epoch"],
        best["step"],
    )
    last = Checkpoint.load(session.directory.last).progress
    assert (last.finished, last.best) == (True, checkpoint.progress.best)


def test_the_last_checkpoint_of_a_finished_run_is_of_its_last_step(open_session, monkeypatch):
    """Though the network that was the best was in memory when it was written."""
    true, accuracies = trainer.evaluate, iter((0.5, 0.4, 0.3))

    def worse_and_worse(*arguments, **options):
        return replace(true(*arguments, **options), accuracy=next(accuracies))

    monkeypatch.setattr(trainer, "evaluate", worse_and_worse)
    session, kept = open_session(), {}
    run(
        session,
        Silent(21, lambda: kept.update({n: a.copy() for n, a in session.arrays().items()})),
    )
    last, best = (Checkpoint.load(p) for p in (session.directory.last, session.directory.best))
    assert (best.progress.step, last.progress.step, last.progress.finished) == (7, 21, True)
    assert last.arrays.keys() == kept.keys()
    assert all(last.arrays[name].tobytes() == kept[name].tobytes() for name in kept)
    assert last.arrays["parameters/fc1.W"].tobytes() != best.arrays["parameters/fc1.W"].tobytes()


@pytest.mark.parametrize("stop", [8, 14, 20])
def test_patience_goes_on_where_it_was(open_session, stop):
    """Nothing improves behind the first epoch, so that the third is the last of six."""
    overrides = (
        "train.epochs=6", "train.schedule=constant",
        "train.early_stopping={metric: lr, mode: max, patience: 2}",
    )  # fmt: skip
    whole = open_session(*overrides, out="whole")
    run(whole, Silent())
    watch = whole.progress.watch
    assert (whole.progress.step, watch.waited, watch.stopped) == (21, 2, True)
    assert Checkpoint.load(whole.directory.last).progress.finished
    first = open_session(*overrides, out="parts")
    run(first, Silent(), max_steps=stop)
    second = open_session(*overrides, out="parts", checkpoint=Checkpoint.load(first.directory.last))
    run(second, Silent())
    assert saved(second.directory.path) == saved(whole.directory.path)
    assert epochs_of(second) == epochs_of(whole)


def test_a_best_checkpoint_of_another_branch_is_not_used(open_session, monkeypatch):
    """The run ended between its best and its last checkpoint, and went on otherwise."""
    session = open_session("train.seed=6")
    run(session, Silent(), max_steps=7)
    true, saved = Checkpoint.save, []

    def save(checkpoint, path, former=None):
        saved.append(path.name)
        if path == session.directory.last:
            raise WriteError("disk full")
        true(checkpoint, path, former)

    best = session.directory.best.read_bytes()
    again = open_session("train.seed=6", checkpoint=Checkpoint.load(session.directory.last))
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", save)
        with pytest.raises(WriteError):
            run(again, Silent())
    assert saved == ["best.safetensors", "last.safetensors"]
    assert session.directory.best.read_bytes() != best
    other = open_session(
        "train.seed=6",
        "train.optimizer.lr=1e-9",
        checkpoint=Checkpoint.load(session.directory.last),
    )
    result = run(other, Silent())
    judged = Checkpoint.load(session.directory.best).progress
    assert judged.best == Checkpoint.load(session.directory.last).progress.best
    epochs = epochs_of(other)
    assert [line["step"] for line in epochs] == [7, 14, 21]
    assert judged.step == best_of(epochs[1:], "validation_accuracy")["step"]
    assert result.accuracy == metrics(other.directory.path)[-1]["test_accuracy"]


def test_a_damaged_best_checkpoint_is_not_used(open_session):
    session = open_session()
    run(session, Silent(), max_steps=14)
    session.directory.best.write_bytes(session.directory.best.read_bytes()[:-1])
    again = open_session(checkpoint=Checkpoint.load(session.directory.last))
    display = Silent()
    run(again, display)
    (warning,) = display.warnings
    assert warning.startswith(f"warning: {session.directory.best}: the file is damaged: ")
    assert warning.endswith("; it is not used")
    assert Checkpoint.load(session.directory.best).progress.step == 21


def test_the_metrics_of_a_run(open_session):
    session = open_session()
    evaluation = run(session, Silent())
    recorded = metrics(session.directory.path)
    steps = [line["step"] for line in recorded if line["kind"] == "step"]
    assert steps == list(range(3, 22, 3))
    assert [line["step"] for line in recorded if line["kind"] == "epoch"] == [7, 14, 21]
    assert recorded[-1]["test_accuracy"] == evaluation.accuracy
    assert recorded[-1]["test_images"] == 359
    about = json.loads(session.directory.about.read_text())
    assert about["data"]["name"] == "digits"
    assert about["seed"] == 5
    assert about["threads"] == 2


def test_the_kept_configuration_gives_the_same_network(open_session):
    session = open_session()
    run(session, Silent(), max_steps=1)
    again, graph = check(session.directory.config).network()
    assert not again.problems
    assert again.train == session.spec.train
    assert [n.layer for n in graph.nodes] == [n.layer for n in session.engine.graph.nodes]


def test_a_checkpoint_of_another_network(open_session):
    session = open_session()
    run(session, Silent(), max_steps=1)
    checkpoint = Checkpoint.load(session.directory.last)
    with pytest.raises(CheckpointError) as caught:
        open_session("architecture=INPUT-CONV3-7-FC", checkpoint=checkpoint)
    text = str(caught.value)
    assert text.startswith(f"{session.directory.last}: a checkpoint of another network:\n")
    assert "parameters/conv1.W: the network has 3x3x1x7 float32, the file 3x3x1x6 float32" in text
    assert "parameters/batchnorm1.beta: the network has nothing, the file 6 float32" in text


def test_a_resumed_run_computes_as_it_did_before(open_session):
    """With the algorithms of the checkpoint, whatever would be chosen now."""
    wide = "architecture=INPUT-CONV3-16-RELU-CONV3-16-RELU-POOL-FC"
    session = open_session(wide, "train.kernels=direct", "train.epochs=1")
    assert session.engine.algorithms == {"conv1": "direct", "conv2": "direct"}
    checkpoint = session.checkpoint()
    checkpoint.save(session.directory.last)
    loaded = Checkpoint.load(session.directory.last)
    again = open_session(wide, "train.epochs=1", checkpoint=loaded)
    assert again.engine.algorithms == {"conv1": "direct", "conv2": "direct"}
    assert environment(again)["algorithms"] == again.engine.algorithms
    fresh = open_session(wide, "train.epochs=1", out="other")
    assert fresh.engine.algorithms["conv2"].startswith("winograd")
