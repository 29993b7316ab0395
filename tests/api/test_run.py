"""`cnncli.Run`: what can be done with a network that was trained."""

import copy
import json
import logging
import pickle
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import cnncli
from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.engine.parallel.processes import may_fork
from tests.cli.commands import DATA, call


@pytest.fixture(scope="module")
def digits():
    """The images (359, 8, 8, 1) that digits are tested on."""
    found = load(DataSpec(name="digits", root=DATA), download=False, notify=lambda text: None)
    return np.asarray(found.test.images)


@pytest.fixture(scope="module")
def files(digits, tmp_path_factory):
    """Some of them as image files."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{k}.png" for k in range(3)]
    for path, image in zip(paths, digits[..., 0], strict=False):
        Image.fromarray((image * 15.9375).astype(np.uint8)).save(path)
    return paths


def test_numbers_of_the_run(run):
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if line["kind"] == "epoch"]
    assert run.history["train_loss"] == [line["train_loss"] for line in epochs]
    assert run.history["epoch"] == [1, 2]
    assert {len(column) for column in run.history.values()} == {2}
    assert run.metrics["accuracy"] == lines[-1]["test_accuracy"]
    assert run.metrics["images"] == 359
    assert run.steps == {}
    assert run.classes == tuple("0123456789")
    assert run.step == 6 or run.checkpoint.name == "best.safetensors"
    assert "architecture:" in run.config
    assert repr(run).startswith(f"{run.checkpoint}: step ")


def test_it_is_the_run_that_the_command_makes(run, config, tmp_path):
    out = tmp_path / "run"
    call("train", config, "--out", out)
    other = cnncli.Run(out)
    ours, theirs = run.parameters(), other.parameters()
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert run.metrics == other.metrics


def test_judgement(run):
    told = json.loads(call("eval", run.path, "--json").stdout)
    with pytest.warns(cnncli.CnncliWarning) if told is None else warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = run.evaluate()
    assert found.confusion.tolist() == told["confusion"]
    assert (found.loss, found.accuracy) == (told["loss"], told["accuracy"])
    assert run.evaluate(split="validation").images == 64


def test_nothing_is_no_other_set(run, tmp_path, monkeypatch):
    """A name that is empty is the current folder, as for other paths."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(cnncli.DataError, match=r"^\.: expected folders of classes, found 0"):
        run.evaluate("")


def test_no_step_at_all(config, tmp_path):
    with pytest.raises(
        cnncli.UsageError, match=r"^max_steps must be a whole number from 1 on, found 0$"
    ):
        cnncli.Network(config).train(out=tmp_path / "run", max_steps=0)
    assert not (tmp_path / "run").exists()


def test_scores_agree_with_the_judgement(run, digits):
    scores = run.scores(digits)
    assert (scores.shape, scores.dtype) == ((359, 10), np.float32)
    accuracy = run.evaluate().confusion.sum(axis=0)
    assert np.bincount(scores.argmax(axis=1), minlength=10).tolist() == accuracy.tolist()
    shares = run.probabilities(digits)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares[0], np.exp(scores[0]) / np.exp(scores[0]).sum(), rtol=1e-5)
    np.testing.assert_allclose(run.scores(digits[5])[0], scores[5], rtol=1e-5)


def test_predictions_of_files_and_arrays_agree(run, digits, files):
    told = call("predict", run.path, *files, "--format", "jsonl", "--top", 3).stdout
    lines = [json.loads(line) for line in told.splitlines()]
    assert run.predict(files, top=3) == lines
    assert run.predict(files[0])[0]["predicted"] == lines[0]["predicted"]
    of_arrays = run.predict(list(digits[:3]), top=3)
    assert [each["file"] for each in of_arrays] == ["[0]", "[1]", "[2]"]
    assert run.predict(digits[:3], top=3) == of_arrays
    assert run.predict(digits[:0]) == run.predict([]) == []
    for each, line in zip(of_arrays, lines, strict=True):
        assert each["predicted"] == line["predicted"]
        assert each["probability"] == pytest.approx(line["probability"])


def test_arrays_that_are_no_images(run, digits):
    for several in (run.activations, lambda images: run.predict([images])):
        with pytest.raises(
            cnncli.UsageError, match=r"one image \(H, W, C\), found 2: \(2, 8, 8, 1\)"
        ):
            several(digits[:2])
    for look in (run.scores, run.activations, lambda images: run.predict([images])):
        with pytest.raises(cnncli.UsageError, match=r"no image in an array .* \(0, 8, 8, 1\)"):
            look(digits[:0])


@pytest.mark.parametrize("top", [0, -1, 1.5])
def test_classes_of_an_image_are_one_or_more(run, digits, top):
    with pytest.raises(
        cnncli.UsageError, match=f"top must be a whole number from 1 on, found {top}"
    ):
        run.predict(digits[0], top=top)


@pytest.mark.parametrize("threads", [0, -1, 100_000])
def test_threads_that_there_cannot_be(run, threads):
    with pytest.raises(
        cnncli.UsageError, match=f"threads must be .* from 1 to 1,024, found {threads}"
    ):
        cnncli.Run(run.path, threads=threads)


def test_scores_of_arrays_that_are_not_finite(run, digits):
    with cnncli.Run(run.path) as damaged:
        damaged._open().engine.parameters.vector[...] = np.nan
        with pytest.raises(cnncli.DivergedError, match="scores are not finite"):
            damaged.predict(digits[0])


def test_each_image_of_an_array_is_predicted(run, digits):
    found = run.predict(digits[:3])
    assert found == run.predict(list(digits[:3]))
    assert run.predict(digits[0]) == run.predict(digits[:1])


def test_what_cannot_be_read_is_warned_of_at_the_callers_line(run, files, tmp_path):
    with pytest.warns(cnncli.CnncliWarning, match="expected a file, found none") as noted:
        found = run.predict([files[0], tmp_path / "none.png"])
    assert len(found) == 1
    assert {each.filename for each in noted} == {__file__}


def test_what_is_no_warning_goes_to_the_log(run, files, caplog):
    with caplog.at_level(logging.INFO, "cnncli"):
        run.predict(files[0])
    assert "white, 255 in images, is 16 in digits: scaled" in caplog.text


def test_activations_are_those_of_a_pass_by_hand(run, digits, files):
    """Of the first layers, by the formulas of the notes; and the last are the scores."""
    image = digits[0]
    found = run.activations(image)
    assert list(found) == list(cnncli.Network.parse(run.config).layers)
    arrays = run.parameters()
    mean, std = found["input1"].mean(), found["input1"].std()
    assert np.isfinite([mean, std]).all()
    padded = np.pad(found["input1"], ((1, 1), (1, 1), (0, 0)))
    expected = np.empty((8, 8, 4))
    for i in range(8):
        for j in range(8):
            window = padded[i : i + 3, j : j + 3]
            for k in range(4):
                expected[i, j, k] = (window * arrays["conv1.W"][..., k]).sum()
                expected[i, j, k] += arrays["conv1.b"][k]
    np.testing.assert_allclose(found["conv1"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["relu1"], np.maximum(found["batchnorm1"], 0))
    pooled = found["relu1"].reshape(4, 2, 4, 2, 4).max(axis=(1, 3))
    np.testing.assert_array_equal(found["pool1"], pooled)
    np.testing.assert_allclose(found["fc1"][0, 0], run.scores(image)[0], atol=1e-5)
    of_file = run.activations(files[0])
    np.testing.assert_array_equal(of_file["input1"], found["input1"])


def test_the_probabilities_are_the_last_activation_of_a_softmax(config, tmp_path, digits):
    network = cnncli.Network(config, set={"architecture": "INPUT-FC-SOFTMAX"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = network.train(out=tmp_path / "run", epochs=1)
    found = run.activations(digits[0])
    np.testing.assert_allclose(found["softmax1"][0, 0], run.probabilities(digits[0])[0], rtol=1e-5)


def test_filters(run):
    arrays = run.parameters()
    conv = run.filters("conv1")
    assert conv.shape == (4, 3, 3, 1)
    np.testing.assert_array_equal(conv[2, 0, 1, 0], arrays["conv1.W"][0, 1, 0, 2])
    fc = run.filters("fc1")
    assert fc.shape == (10, 4, 4, 4)
    np.testing.assert_array_equal(fc[7].reshape(-1), arrays["fc1.W"][:, 7])
    with pytest.raises(cnncli.UsageError, match="relu1 is a RELU, which has no filters"):
        run.filters("relu1")
    with pytest.raises(cnncli.UsageError, match="there is no layer 'conv'; did you mean conv1"):
        run.filters("conv")


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((8, 8), np.uint8),
        np.zeros((1, 8, 8, 1), np.float32),
        np.zeros((1, 9, 8, 1), np.uint8),
    ],
)
def test_arrays_of_another_form(run, images):
    with pytest.raises(
        cnncli.UsageError, match=r"expected uint8 images of \(8, 8, 1\) \(H, W, C\)"
    ):
        run.scores(images)


def test_what_is_no_run(tmp_path):
    with pytest.raises(cnncli.CheckpointError):
        cnncli.Run(tmp_path)
    with pytest.raises(cnncli.CheckpointError):
        cnncli.Run(tmp_path / "none.safetensors")


def test_nothing_is_printed(run, files, digits, config, tmp_path, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.predict(files)
        run.scores(digits)
        run.evaluate()
        run.activations(digits[0])
        cnncli.Network(config).train(out=tmp_path / "run", bar=False, epochs=1)
    assert capfd.readouterr() == ("", "")


def test_it_can_be_closed_and_used_again(run, digits):
    before = run.scores(digits[:1])
    run.close()
    with run:
        np.testing.assert_array_equal(run.scores(digits[:1]), before)


def test_a_copy_opens_the_network_by_itself(run, digits):
    before = run.scores(digits[:1])
    for other in (copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
        with other:
            np.testing.assert_array_equal(other.scores(digits[:1]), before)
    np.testing.assert_array_equal(run.scores(digits[:1]), before)


def in_a_thread(work):
    """What the work gives, or raises, in another thread."""
    found = []

    def note():
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=note)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def test_training_in_a_thread_gives_the_same_bits(run, config, tmp_path):
    """No process is forked there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = in_a_thread(lambda: cnncli.Network(config).train(out=tmp_path / "run"))
        ours, theirs = run.parameters(), in_a_thread(other.parameters)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_threads_take_turns(run, digits):
    """One run is asked by several at once, each for images of its own."""
    parts = np.array_split(digits, [100, 250, 300])
    expected = [run.scores(part) for part in parts]
    with ThreadPoolExecutor(len(parts)) as pool:
        for _ in range(20):
            found = pool.map(run.scores, parts)
            for ours, theirs in zip(found, expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_where_processes_are_forked():
    assert may_fork()
    assert not in_a_thread(may_fork)
    waits = threading.Event()
    thread = threading.Thread(target=waits.wait)
    thread.start()
    assert not may_fork()
    waits.set()
    thread.join()
    assert may_fork()
