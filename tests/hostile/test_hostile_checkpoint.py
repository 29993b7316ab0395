"""Checkpoints with anything in their header: judged by one schema, with a line and status 4."""

import hashlib
import json
import random
import shutil
import struct
from types import SimpleNamespace

import numpy as np
import pytest

from cnncli.errors import CheckpointError
from cnncli.training.storage.resume import open_run
from tests.cli.commands import call, write_config
from tests.hostile.forged_checkpoint import NASTY, about, forged, parts, paths, replaced, sealed
from tests.messages import error_text

LAST = "last.safetensors"
CONVOLUTIONS = "INPUT-CONV3-4-BN-RELU-CONV3-4-POOL-FC"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run after its first step: .config, .folder; .whole and .about are of its checkpoint."""
    folder = tmp_path_factory.mktemp("forged")
    config = write_config(folder, architecture=CONVOLUTIONS)
    stopping = "threads: 1, early_stopping: {metric: validation_loss, patience: 5}"
    config.write_text(config.read_text().replace("threads: 2", stopping))
    result = call("train", config, "--out", folder / "run", "--max-steps", 1, "--quiet")
    assert result.exit_code == 0, result.output
    whole = (folder / "run" / LAST).read_bytes()
    return SimpleNamespace(config=config, folder=folder / "run", whole=whole, about=about(whole))


@pytest.fixture
def judged(run, tmp_path):
    """judged(content, command): status and text of eval, train or convert of such a checkpoint."""
    converted = tmp_path / "converted.safetensors"
    commands = {
        "eval": ["eval", tmp_path / "run"],
        "train": ["train", run.config, "--out", tmp_path / "run", "--resume", "--max-steps", 2],
        "convert": ["convert", tmp_path / "run", "--fc-to-conv", "--out", converted],
    }  # fmt: skip

    def judge(content, command):
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        converted.unlink(missing_ok=True)
        shutil.copytree(run.folder, tmp_path / "run")
        for name in ("best.safetensors", "previous.safetensors"):
            (tmp_path / "run" / name).unlink(missing_ok=True)
        (tmp_path / "run" / LAST).write_bytes(content)
        result = call(*commands[command])
        return result.exit_code, result.stderr.replace(f"{tmp_path}/run/", "")

    return judge


def mutations(values):
    """Every place of a value with every nasty thing in its stead, or missing: place, copy."""
    for path in paths(values):
        for new in (*NASTY, ...):
            if (changed := replaced(values, path, new)) != values:
                yield f"{'.'.join(map(str, path))} = {new!r:.60}", changed


def assert_refused_or_fine(status, text, what):
    """No warning and no traceback either: warnings are errors in tests, with status 70."""
    assert status in (0, 4) or (status == 3 and "not those of the checkpoint" in text), (
        f"{what}: {status}, {text}"
    )
    if status:
        assert len(text.splitlines()) <= 3, text
        assert max(map(len, text.splitlines())) < 1_100


def test_some_mutations_of_the_header(run, judged):
    drawn = random.Random(1).sample(list(mutations(run.about)), 120)
    for i, (what, changed) in enumerate(drawn):
        command = ("eval", "train", "convert")[i % 3]
        assert_refused_or_fine(*judged(forged(run.whole, changed), command), f"{command}: {what}")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["eval", "train", "convert"])
def test_all_mutations_of_the_header(run, judged, command):
    for what, changed in mutations(run.about):
        assert_refused_or_fine(*judged(forged(run.whole, changed), command), what)


@pytest.mark.slow
def test_mutations_of_two_places(run, judged):
    draw = random.Random(2)
    for _ in range(1_000):
        changed, where = run.about, []
        for _ in range(2):
            where.append(draw.choice(list(paths(changed))))
            changed = replaced(changed, where[-1], draw.choice(NASTY))
        assert_refused_or_fine(*judged(forged(run.whole, changed), "eval"), where)


@pytest.mark.slow
def test_mutations_around_the_text(run, judged):
    """What the format itself has: digests, types, shapes and places of arrays."""
    header, rest = parts(run.whole)
    header["__metadata__"].pop("header_sha256")
    header["__metadata__"].pop("cnncli")
    text = parts(run.whole)[0]["__metadata__"]["cnncli"]
    for what, changed in mutations(header):
        if isinstance(changed.get("__metadata__"), dict):
            changed["__metadata__"]["cnncli"] = text
            assert_refused_or_fine(*judged(sealed(changed, rest), "eval"), what)


OTHER_BOUNDS = [
    (("algorithms", "conv1"), "nope",
     "a checkpoint of another network:\n  algorithms/conv1: the network has "
     "{ways}, the file 'nope'"),
    (("algorithms", "fc1"), "nope",
     "a checkpoint of another network:\n  algorithms/fc1: the network has direct, winograd or "
     "winograd-columns, the file 'nope'"),
    (("algorithms", "conv\n9"), "direct",
     "a checkpoint of another network:\n  algorithms/conv?9: the network has no such layer, the "
     "file 'direct'"),
    (("data", "mean"), [float("nan")],
     "the header is damaged: data.mean.0: Input should be a finite number, not nan; "),
    (("data", "mean"), [1e308],
     "the header is damaged: data.mean.0: Input should be less than or equal to 255, not 1e+308; "),
    (("data", "std"), [1e-320],
     "the header is damaged: data.std.0: Input should be greater than or equal to 0.001, "
     "not 1e-320; "),
    (("data", "std"), None, "the header is damaged: data: mean and std should go together, not "),
    (("data", "digest"), "0" * 63,
     "the header is damaged: data.digest: String should match pattern '^[0-9a-f]{{64}}$', not "),
    (("data", "digest"), "a" * 64 + "\n",
     "the header is damaged: data.digest: String should match pattern '^[0-9a-f]{{64}}$', not "),
    (("data", "name"), "x", "the header is damaged: data.name: there are cifar10, "),
    (("data", "stand_in_for"), "noise",
     "the header is damaged: data: noise and imported stand in for no set, not "),
    (("data", "classes"), ["0"] * 10,
     "the header is damaged: data.classes: each class should have its own name, not "),
    (("data", "classes"), [], "the header is damaged: data.classes: Tuple should have at least 1 "),
    (("data", "classes"), [str(i) for i in range(65_537)],
     "the header is damaged: data.classes: Tuple should have at most 10000 items "),
    (("progress", "step"), 2**53 + 1,
     "the header is damaged: progress.step: Input should be less than or equal to "
     "9007199254740992, not 9007199254740993; "),
    (("progress", "sums", "correct"), 33,
     "the header is damaged: progress: sums.correct should be at most sums.images, not "),
    (("progress", "sums", "loss"), float("nan"),
     "the header is damaged: progress.sums.loss: Input should be a finite number, not nan; "),
    (("progress", "sums", "seconds"), -1.0,
     "the header is damaged: progress.sums.seconds: Input should be greater than or equal to 0, "),
    (("progress", "lr_factor"), 1.5,
     "the header is damaged: progress.lr_factor: Input should be less than or equal to 1, not 1.5"),
    (("progress", "best_accuracy"), -0.5,
     "the header is damaged: progress.best_accuracy: Input should be greater than or equal to 0, "),
    (("progress", "best", "accuracy"), 1.5,
     "the header is damaged: progress.best.accuracy: Input should be less than or equal to 1, "),
    (("progress", "best", "metric"), "train_loss",
     "the header is damaged: progress.best.metric: Input should be 'validation_loss' or "
     "'validation_accuracy', not 'train_loss'; "),
    (("progress", "best", "epoch"), -1,
     "the header is damaged: progress.best.epoch: Input should be greater than or equal to 0, "),
    (("progress", "best", "accuracy"), 0.5,
     "the header is damaged: progress.best: accuracy, loss and epoch should go together, not "),
    (("progress", "best", "loss"), 0.5,
     "the header is damaged: progress.best: accuracy, loss and epoch should go together, not "),
    (("progress", "best", "epoch"), 1,
     "the header is damaged: progress.best: accuracy, loss and epoch should go together, not "),
    (("progress", "watch", "stopped"), True,
     "the header is damaged: progress.watch: what has stopped should have a best value, not "),
    (("progress", "watch", "epoch"), -1,
     "the header is damaged: progress.watch.epoch: Input should be greater than or equal to 0, "),
    (("algorithms",), {str(i): "direct" for i in range(5_001)},
     "the header is damaged: algorithms: Dictionary should have at most 5000 items "),
    (("profile", "unpacked"), -1,
     "the header is damaged: profile: numbers should be from 0 to 1,000,000,000, not "),
    (("profile", "unpacked"), 10**9 + 1,
     "the header is damaged: profile: numbers should be from 0 to 1,000,000,000, not "),
    (("profile", "tiles", "step"), float("nan"),
     "the header is damaged: profile: numbers should be from 0 to 1,000,000,000, not "),
    (("profile", "direct", "call"), float("inf"),
     "the header is damaged: profile: numbers should be from 0 to 1,000,000,000, not "),
    (("profile", "columns", "rest"), -1e-9,
     "the header is damaged: profile: numbers should be from 0 to 1,000,000,000, not "),
    (("profile", "columns"), {}, "the header is damaged: profile.columns.call: Field required; "),
    (("profile", "unpacked"), 0.5,
     "the header is damaged: profile.unpacked: Input should be a valid integer, not 0.5; "),
    (("profile", "name"), "x" * 251,
     "the header is damaged: profile: name should have at most 250 characters, not "),
    (("algorithms", "x" * 251), "direct",
     f"the header is damaged: algorithms.{'x' * 45} ...: String should have at most 250 "),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), OTHER_BOUNDS)
def test_what_is_said_of_a_value(run, tmp_path, path, value, message):
    file = tmp_path / LAST
    holder = run.about
    for key in path[:-1]:
        holder = holder[key]
    changed = replaced({**run.about}, path, value)
    file.write_bytes(forged(run.whole, changed))
    caught = error_text(CheckpointError, open_run, file)
    ways = "direct, winograd-columns or winograd"
    options = {message.format(ways=w) for w in (ways, *permuted(ways))}
    assert any(caught.startswith(f"{file}: {option}") for option in options), caught
    if "damaged" in caught:
        assert caught.endswith("; another checkpoint of the run may be whole")


def permuted(ways):
    """The three ways in any order: the costs of shapes decide it."""
    names = ways.replace(" or ", ", ").split(", ")
    for first in names:
        for second in (name for name in names if name != first):
            (third,) = set(names) - {first, second}
            yield f"{first}, {second} or {third}"


@pytest.mark.parametrize(
    ("step", "images", "expected"),
    [(1, 31, "32"), (1, 0, "32"), (0, 32, "0"), (2, 32, "64"), (3, 32, "0 or 96")],
)
def test_sums_that_are_of_other_steps(run, judged, step, images, expected):
    """Of an epoch of 96 images in 3 steps."""
    changed = replaced(run.about, ("progress", "step"), step)
    changed = replaced(changed, ("progress", "sums", "images"), images)
    changed = replaced(changed, ("progress", "sums", "correct"), 0)
    status, text = judged(forged(run.whole, changed), "train")
    assert status == 4
    assert text.splitlines()[-1] == (
        f"{LAST}: the header is damaged: progress.sums.images: after step {step} of epochs of "
        f"3 steps there should be {expected}, not {images}; another checkpoint of the run may be "
        "whole"
    )


def test_many_wrong_algorithms_are_not_all_listed(run, tmp_path):
    changed = replaced(run.about, ("algorithms",), {f"x{i}": "direct" for i in range(5_000)})
    (tmp_path / LAST).write_bytes(forged(run.whole, changed))
    lines = error_text(CheckpointError, open_run, tmp_path / LAST).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  and 4,980 more differences"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"step": 1,', '"step": 1, "step": 1,'),
        ('"format": 2,', '"format": 2, "format": 2,'),
        ('"conv1":', '"conv1": "direct", "conv1":'),
    ],
)
def test_a_key_that_stands_twice(run, tmp_path, before, after):
    text = json.dumps(run.about)
    assert before in text
    (tmp_path / LAST).write_bytes(forged(run.whole, text.replace(before, after)))
    assert error_text(CheckpointError, open_run, tmp_path / LAST) == (
        f"{tmp_path / LAST}: the header is damaged: its text: a key stands twice in it; another "
        "checkpoint of the run may be whole"
    )


def test_an_array_that_stands_twice(run, tmp_path):
    (length,) = struct.unpack("<Q", run.whole[:8])
    header, rest = run.whole[8 : 8 + length].rstrip(), run.whole[8 + length :]
    twice = header[:-1] + b',"a":{"dtype":"F32"},"a":{"dtype":"F32"}}'
    (tmp_path / LAST).write_bytes(struct.pack("<Q", len(twice)) + twice + rest)
    assert error_text(CheckpointError, open_run, tmp_path / LAST) == (
        f"{tmp_path / LAST}: the file is damaged: its header is not a JSON object"
    )


@pytest.mark.parametrize("number", [3e38, -1.0, 1e-45, np.inf, np.nan])
def test_numbers_of_arrays(run, judged, number):
    """What the network gives is judged, without a warning of NumPy's."""
    filled = np.full(len(parts(run.whole)[1]) // 4, number, np.float32).tobytes()
    status, text = judged(refilled(run.whole, filled), "eval")
    assert status in (0, 5), text


def refilled(content, numbers):
    """The file with other numbers, their digests right."""
    header, _ = parts(content)
    digests = {
        name: hashlib.sha256(numbers[slice(*found["data_offsets"])]).hexdigest()
        for name, found in header.items()
        if name != "__metadata__"
    }
    header["__metadata__"]["digests"] = json.dumps(digests)
    return sealed(header, numbers)
