"""What a run takes over from a trained network: arrays, statistics, normalisation."""

import hashlib

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.errors import CheckpointError
from cnncli.problems import ConfigError
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import load_images, open_start
from tests.training.conftest import NETWORK
from tests.training.silent import Silent

NEW_HEAD = NETWORK.replace("FC-16", "FC-20")
WHITENED = NETWORK.replace("CONV3-6", "CONV3-6(init=whitening)")


@pytest.fixture
def trained(open_session, tmp_path):
    """trained(overrides..., out=...): the checkpoint of a run of some steps, and its folder."""

    def train(*overrides, out="start", steps=8):
        session = open_session(*overrides, out=out)
        run(session, Silent(), steps)
        folder = tmp_path / out
        (folder / "best.safetensors").unlink(missing_ok=True)
        return folder, Checkpoint.load(folder / "last.safetensors")

    return train


@pytest.fixture
def begin(config, tmp_path):
    """begin(overrides..., out=...): a session that begins with start/, unless they say other."""
    sessions = []

    def open_(*overrides, out="run"):
        spec, graph = check(
            config, ("train.start.run=" + str(tmp_path / "start"), *overrides)
        ).network()
        dataset = load_images(spec, download=False, notify=print)
        folder = tmp_path / out
        folder.mkdir(exist_ok=True)
        start = open_start(spec, graph)
        sessions.append(Session.open(spec, graph, dataset, RunDirectory(folder), start=start))
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()


def network_of(checkpoint):
    """Parameters and statistics, without the optimizer's."""
    return {n: a.copy() for n, a in checkpoint.arrays.items() if not n.startswith("slots/")}


def same(one, other):
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def test_all_is_taken_over_and_the_optimizer_starts_anew(trained, begin):
    folder, start = trained()
    session = begin()
    assert same(network_of(session.checkpoint()), network_of(start))
    slots = {n: a for n, a in session.arrays().items() if n.startswith("slots/")}
    assert slots
    assert not any(array.any() for array in slots.values())
    assert session.progress.step == 0
    content = (folder / "last.safetensors").read_bytes()
    assert session.checkpoint().start == hashlib.sha256(content).hexdigest()


def test_what_does_not_fit_is_as_without_a_start(trained, begin, open_session):
    _, start = trained()
    session = begin(f"architecture={NEW_HEAD}")
    fresh = open_session(f"architecture={NEW_HEAD}", out="fresh").arrays()
    new = {"parameters/fc1.W", "parameters/fc1.b", "parameters/fc2.W"}
    for name, array in network_of(session.checkpoint()).items():
        expected = fresh if name in new else start.arrays
        assert array.tobytes() == expected[name].tobytes(), name


def test_names_are_mapped_and_left_out(trained, begin, open_session):
    _, start = trained()
    other = NETWORK.replace("CONV3-6", "CONV3-6(name=first)")
    session = begin(
        f"architecture={other}", "train.start.rename={conv1: first}", "train.start.skip=[BN, '*.b']"
    )
    fresh = open_session(f"architecture={other}", out="fresh").arrays()
    arrays = session.arrays()
    assert np.array_equal(arrays["parameters/first.W"], start.arrays["parameters/conv1.W"])
    assert np.array_equal(arrays["parameters/fc1.W"], start.arrays["parameters/fc1.W"])
    for name in ("parameters/first.b", "parameters/batchnorm1.beta", "state/batchnorm1.mean"):
        assert np.array_equal(arrays[name], fresh[name])


def test_the_average_is_taken_as_in_evaluation(trained, begin):
    _, start = trained("train.average={name: ema, decay: 0.9}")
    session = begin()
    average, state = start.arrays["slots/average"], start.arrays["slots/average_state"]
    assert np.array_equal(session.engine.parameters.vector, average)
    assert np.array_equal(session.engine.state.vector, state)
    assert not np.array_equal(average, np.concatenate(
        [a.ravel() for n, a in start.arrays.items() if n.startswith("parameters/")]))  # fmt: skip


def test_an_average_begins_with_what_was_taken_over(trained, begin):
    _, start = trained()
    session = begin("train.average=ema")
    assert np.array_equal(session.arrays()["slots/average"], session.engine.parameters.vector)
    assert np.array_equal(
        session.engine.parameters.views["conv1.W"], start.arrays["parameters/conv1.W"]
    )


def test_whitening_leaves_what_was_taken_over(trained, begin):
    _, start = trained()
    arrays = begin(f"architecture={WHITENED}").arrays()
    assert np.array_equal(arrays["parameters/conv1.W"], start.arrays["parameters/conv1.W"])
    arrays = begin(f"architecture={WHITENED}", "train.start.skip=conv1").arrays()
    assert not np.array_equal(arrays["parameters/conv1.W"], start.arrays["parameters/conv1.W"])


def test_frozen_arrays_keep_their_bits_and_thaw(trained, begin):
    _, start = trained()
    session = begin("train.groups=[{layers: [conv1, BN], after: 1}, {layers: fc1, lr: 0}]")
    steps = session.train.steps
    changed = {}
    for last in (steps, steps + 1):
        run(session, Silent(), last)
        changed[last] = {
            name.removeprefix("parameters/")
            for name, array in Checkpoint.load(session.directory.last).arrays.items()
            if name.startswith("parameters/") and not np.array_equal(array, start.arrays[name])
        }
    assert changed[steps] == {"fc2.W", "fc2.b"}
    assert changed[steps + 1] == {
        "conv1.W", "conv1.b", "batchnorm1.gamma", "batchnorm1.beta", "fc2.W", "fc2.b",
    }  # fmt: skip


def test_the_same_start_and_seed_give_the_same_bits_also_when_it_is_gone(
    trained, begin, open_session, tmp_path
):
    folder, _ = trained()
    head = f"architecture={NEW_HEAD}"
    whole = begin(head, out="whole")
    run(whole, Silent())
    again = begin(head, out="again")
    run(again, Silent(), 5)
    for file in folder.iterdir():
        file.unlink()
    checkpoint = Checkpoint.load(tmp_path / "again" / "last.safetensors")
    assert checkpoint.start == whole.start
    resumed = open_session(head, out="again", checkpoint=checkpoint)
    run(resumed, Silent())
    assert same(resumed.arrays(), whole.arrays())
    assert resumed.start == whole.start
    assert resumed.data == whole.data


def stats(session):
    return session.data.mean, session.data.std


def test_whose_normalisation(trained, begin, open_session):
    _, start = trained("data.limit=40", steps=2)
    theirs = start.data.mean, start.data.std
    own = stats(open_session(out="own"))
    assert own != theirs
    assert stats(begin()) == theirs
    assert stats(begin("train.start.normalise=data")) == own
    assert stats(begin("data.mean=0.5")) == ((127.5,), theirs[1])
    assert stats(begin("data.mean=0.5", "train.start.normalise=data")) == ((127.5,), own[1])
    assert stats(begin("data.normalise=false")) == (None, None)


def test_a_start_without_normalisation_divides_by_255(trained, begin):
    trained("data.normalise=false")
    assert stats(begin()) == ((0.0,), (255.0,))


def test_another_white(trained, begin, tmp_path):
    """Digits have values of 0 to 16: of a set of 0 to 255 the same pictures are to look alike."""
    _, start = trained()
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(40) % 10
    file = tmp_path / "own.npz"
    np.savez(file, x_train=images, y_train=labels, x_test=images, y_test=labels)
    mean, std = stats(begin(f"data={{name: npz, root: {file}}}"))
    assert mean == pytest.approx([255 / 16 * v for v in start.data.mean])
    assert std == pytest.approx([255 / 16 * v for v in start.data.std])


def test_what_was_left_is_told(trained, config, tmp_path):
    folder, _ = trained()
    last = folder / "last.safetensors"
    overrides = (
        f"train.start.run={folder}", "train.start.skip=conv1",
        "architecture=INPUT-CONV3-6-RELU-POOL-FC-20(name=wide)-RELU-FC(name=fc2)",
    )  # fmt: skip
    start = open_start(*check(config, overrides).network())
    assert start.text == (
        f"start: 1 of 6 arrays are those of {last}\n"
        "array             here     there    what becomes of it\n"
        "----------------  -------  -------  ---------------------\n"
        "conv1.W           3x3x1x6  3x3x1x6  new: train.start.skip\n"
        "conv1.b           6        6        new: train.start.skip\n"
        "wide.W            96x20    -        new: not there\n"
        "wide.b            20       -        new: not there\n"
        "fc2.W             20x10    16x10    new\n"
        "batchnorm1.gamma  -        6        not used: not here\n"
        "batchnorm1.beta   -        6        not used: not here\n"
        "fc1.W             -        96x16    not used: not here\n"
        "fc1.b             -        16       not used: not here\n"
        "batchnorm1.mean   -        6        not used: not here\n"
        "batchnorm1.var    -        6        not used: not here"
    )


def refused(config, error, *overrides):
    with pytest.raises(error) as caught:
        open_start(*check(config, overrides).network())
    return str(caught.value)


def test_nothing_fits(trained, config):
    folder, _ = trained()
    text = refused(
        config, CheckpointError, f"train.start.run={folder}", "architecture=INPUT-FC(name=only)"
    )
    first, *table, last = text.splitlines()
    assert first == f"{folder}/last.safetensors: no array of it fits this network:"
    assert table[2].split() == ["only.W", "64x10", "-", "new:", "not", "there"]
    assert last == (
        "Begin with a run of the same layers; train.start.rename says what they are called there."
    )
    # the remedy
    start = open_start(*check(config, (
        f"train.start.run={folder}", "train.start.rename={fc2: only}",
        "architecture=INPUT-POOL(F=2,S=2)-FC(name=only)")).network())  # fmt: skip
    assert "only.b" in start.arrays


def test_names_that_are_not_there(trained, config):
    folder, _ = trained()
    given = (f"train.start.run={folder}", "train.start.rename={fc3: fc1, 'conv*.V': 'fc*.W'}")
    assert refused(config, ConfigError, *given).splitlines() == [
        f"--set {given[1]}: train.start.rename.fc3: no array of {folder}/last.safetensors is "
        "called 'fc3', nor a layer; did you mean fc2?",
        f"--set {given[1]}: train.start.rename.conv*.V: no array of {folder}/last.safetensors is "
        "called 'conv*.V', nor a layer; did you mean conv1.W?",
    ]


def test_two_arrays_of_one_name(trained, config):
    folder, _ = trained()
    given = (f"train.start.run={folder}", "train.start.rename={fc1: conv1, fc2: conv1}")
    assert refused(config, ConfigError, *given).splitlines()[0] == (
        f"--set {given[1]}: train.start.rename.fc2: fc1.W and fc2.W of {folder}/last.safetensors "
        "would both be conv1.W; rename one of them"
    )


def test_what_is_renamed_comes_before_what_has_the_name(trained, begin):
    _, start = trained()
    session = begin("train.start.rename={fc2.b: fc2.b, batchnorm1.gamma: batchnorm1.beta}")
    gamma = start.arrays["parameters/batchnorm1.gamma"]
    assert np.array_equal(session.arrays()["parameters/batchnorm1.beta"], gamma)


def test_numbers_that_are_not_finite(trained, config):
    folder, start = trained()
    start.arrays["parameters/fc1.W"][3, 2] = np.nan
    start.save(folder / "last.safetensors")
    assert refused(config, CheckpointError, f"train.start.run={folder}") == (
        f"{folder}/last.safetensors: fc1.W is not finite; begin with another checkpoint"
    )
    assert open_start(
        *check(config, (f"train.start.run={folder}", "train.start.skip=fc1.W")).network()
    )
