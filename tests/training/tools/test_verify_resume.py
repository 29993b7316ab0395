"""`cnn verify-resume` finds that a resumed run is the same, and tells where it is not."""

import json

import pytest

from cnncli.check.check import check
from cnncli.errors import DivergedError
from cnncli.training import session
from cnncli.training.storage import arrays as storage
from cnncli.training.storage.resume import load_images
from cnncli.training.tools import verify_resume as module
from cnncli.training.tools.verify_resume import verify_resume


@pytest.fixture
def verify(config):
    """verify(overrides...) -> the proof, and what was told of each step."""

    def verify_(*overrides):
        spec, graph = check(config, overrides, needs_data=True).trainable()
        dataset = load_images(spec, download=False, notify=print)
        told = []
        proof = verify_resume(spec, graph, dataset, lambda *step: told.append(step))
        return proof, told

    return verify_


@pytest.mark.parametrize("threads", [1, 2])
def test_a_resumed_run_is_the_same(verify, threads):
    proof, told = verify(
        f"train.threads={threads}", "train.average=ema", "train.optimizer={name: adam, lr: 0.01}"
    )
    assert list(proof.differences()) == []
    assert len(proof.whole) == len(proof.resumed) == 6
    assert [number for number, _, _ in told] == [1, 2, 3, 4, 5, 6]
    assert all(whole == resumed for _, whole, resumed in told)
    assert proof.whole[0].keys() > {"parameters/conv1.W", "slots/mean", "slots/average"}
    for name in ("parameters/conv1.W", "slots/mean"):
        assert len({step[name] for step in proof.whole}) == 6
    kinds = [line["kind"] for line in proof.metrics[0]]
    assert kinds == ["step"] * 3 + ["epoch"] + ["step"] * 3 + ["epoch", "test"]


def test_a_run_that_stops_early(verify):
    stopping = "train.early_stopping={metric: lr, patience: 1}"
    proof, _ = verify("train.schedule=constant", stopping)
    assert list(proof.differences()) == []
    assert [line["kind"] for line in proof.metrics[1]][-3:] == ["epoch", "stop", "test"]


def test_what_a_resumed_run_forgets_is_found(verify, monkeypatch):
    """Its momentum, here: the arrays differ from the second step on."""

    def forgetful(checkpoint, path, arrays):
        storage.restore(checkpoint, path, arrays)
        arrays["slots/velocity"].fill(0)

    monkeypatch.setattr(session, "restore", forgetful)
    proof, _ = verify()
    steps = [text for text in proof.differences() if text.startswith("step ")]
    assert [text.split(": ")[0] for text in steps] == [f"step {n}" for n in (2, 3, 4, 5, 6)]
    assert steps[0].startswith("step 2: parameters/conv1.W, parameters/conv1.b, ")
    assert steps[0].endswith(", slots/velocity")


def test_lines_and_judgements_that_differ_are_found(verify):
    proof, _ = verify()
    proof.metrics[1].pop()
    proof.evaluations[1].confusion[0, 0] += 1
    whole = json.dumps(proof.metrics[0][-1])
    loss = proof.evaluations[0].loss
    assert list(proof.differences()) == [
        f"line 9 of metrics.jsonl: {whole}, null",
        f"the test set: loss {loss}, {loss}",
    ]


def test_what_the_clock_chooses_is_chosen_once(verify, monkeypatch):
    chosen, true = [], session.choose_for

    def choose(*arguments):
        chosen.append(arguments)
        return true(*arguments)

    monkeypatch.setattr(session, "choose_for", choose)
    proof, _ = verify("train.kernels=measured")
    assert list(proof.differences()) == []
    assert len(chosen) == 1


def test_a_run_that_diverges_is_no_proof(verify):
    with pytest.raises(DivergedError) as caught:
        verify("train.optimizer.lr=1e30", "train.on_divergence=rollback")
    assert "; the last finite state is in a directory that is removed now.\n" in str(caught.value)


def test_few_images_are_used(verify, monkeypatch):
    seen, true = [], module.run

    def run(one, *rest):
        seen.append([split.steps for split in (one.train, one.validation, one.test)])
        return true(one, *rest)

    monkeypatch.setattr(module, "run", run)
    verify()
    assert seen == [[3, 1, 1]] * 7


@pytest.mark.parametrize("size", [2, 3])
def test_few_images_leave_no_batch_of_one(verify, size):
    """BATCHNORM on 1x1 maps would be an error, which it is not in the run that is verified."""
    proof, _ = verify("architecture=INPUT-FC-4-BN-RELU-FC", f"train.batch_size={size}")
    assert list(proof.differences()) == []
