"""`cnn time`: real steps of a tiny network, without its data set."""

import json
import re

import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes import timing
from tests.cli.commands import call, refusal, succeed, write_config

ARCHITECTURE = "INPUT-CONV3-4-BN-RELU-CONV3-4-POOL-FC"
LAYERS = ["input1", "conv1", "batchnorm1", "relu1", "conv2", "pool1", "fc1"]


@pytest.fixture(autouse=True)
def small_ceilings(monkeypatch):
    monkeypatch.setattr(timing, "SIDE", 64)
    monkeypatch.setattr(timing, "COPIED", 1 << 12)


@pytest.fixture
def config(tmp_path):
    """Its data set is nowhere."""
    data = f"{{name: cifar10, root: {tmp_path}}}"
    return write_config(tmp_path, data=data, architecture=ARCHITECTURE)


def test_a_training_step(config):
    result = call("time", config, "--steps", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    head, steps, _, *lines = result.stdout.splitlines()
    assert re.fullmatch(
        re.escape(f"{config}: tiny, training step of 32 images on 2 threads: ")
        + r"[\d.,]+ ms, [\d,]+ images/s",
        head,
    )
    assert re.fullmatch(
        r"medians of 2 steps; the ceiling is [\d.]+ GFLOP/s, the bandwidth [\d.]+ GB/s", steps
    )
    assert [line.split()[0] for line in lines[3:12]] == [*LAYERS, "rest", "optimizer"]
    assert lines[13].startswith("total ")


def test_an_evaluation_with_options(config):
    arguments = ("--steps", 1, "--forward", "--batch", 3, "--threads", 1, "--kernels", "winograd")
    result = succeed("time", config, *arguments, "--json")
    found = json.loads(result.stdout)
    assert found["file"] == str(config)
    assert found["training"] is False
    assert (found["images"], found["threads"], found["steps"]) == (3, 1, 1)
    assert [layer["name"] for layer in found["layers"]] == LAYERS
    algorithms = {layer["name"]: layer["algorithm"] for layer in found["layers"]}
    assert (algorithms["conv1"], algorithms["conv2"]) == ("winograd-columns", "winograd-columns")
    assert algorithms["pool1"] is None


def test_every_part_of_a_step_is_positive(config):
    found = json.loads(call("time", config, "--steps", 2, "--kernels", "direct", "--json").stdout)
    layers = [layer for layer in found["layers"] if layer["name"] != "relu1"]
    assert all(part["ms"] > 0 for part in [*layers, found["optimizer"], found["total"]])
    assert found["rest"]["ms"] >= 0
    assert found["total"]["share"] == 1
    for layer in layers[1:]:
        assert layer["backward"]["ms"] > 0
        assert layer["backward"]["bytes"] > 0 < layer["backward"]["of_bandwidth"]


def test_a_layer_whose_work_another_does_has_no_time(config):
    """Both passes of the RELU behind a BATCHNORM are its."""
    arguments = ("time", config, "--steps", 1)
    found = json.loads(succeed(*arguments, "--json").stdout)
    relu = found["layers"][LAYERS.index("relu1")]
    assert (relu["ms"], relu["forward"], relu["backward"]) == (0, None, None)
    text = succeed(*arguments).stdout
    (line,) = (line for line in text.splitlines() if line.startswith("relu1"))
    assert line.split() == ["relu1", "RELU", "32x32x4"]
    assert "without any time is computed there in both passes." in text


def test_a_network_of_shapes_alone_and_an_override(tmp_path):
    """A map of scores has no label, but a step costs what it costs."""
    config = tmp_path / "map.yaml"
    config.write_text("architecture: INPUT(6x5x2) -> CONV3-4\n")
    result = call("time", config, "--steps", 1, "--batch", 2, "--json")
    assert json.loads(result.stdout)["layers"][-1]["output"] == [6, 5, 4]
    overridden = call(
        "time", config, "--steps", 1, "--set", "architecture=INPUT(6x5x2)-FC-3", "--json"
    )
    assert json.loads(overridden.stdout)["layers"][-1]["kind"] == "FC"


def test_a_warning_and_a_fault(config):
    warned = succeed("time", config, "--steps", 1, "--set", "architecture=INPUT-FC-RELU")
    assert warned.stderr.startswith("warning: ")
    problem = refusal("time", config, "--set", "architecture=INPUT-CONV(F=4,S=3,P=0)-FC", status=2)
    assert "(32 - 4 + 2*0)/3 + 1 = 10.333 is not a whole number." in problem


def test_numbers_of_threads_beside_each_other(config):
    result = succeed("time", config, "--steps", 2, "--threads", "2,1,2")
    head, _, columns, _, *rows, _, best = result.stdout.splitlines()
    assert head == (f"{config}: tiny, training step of 32 images: medians of 2 steps, taking turns")
    assert columns.split() == ["threads", "ms", "a", "step", "quartiles,", "ms", "images/s"]
    assert [row.split()[0] for row in rows] == ["2", "1"]
    assert re.fullmatch(
        r"(1 thread|2 threads) took the least time; `cnn train --threads [12]`, or "
        r"train\.threads: [12] in the file, chooses it\.",
        best,
    )
    found = json.loads(
        succeed("time", config, "--threads", "1,2", "--forward", "--steps", 3, "--json").stdout
    )
    assert (found["training"], found["images"], found["steps"]) == (False, 32, 3)
    assert [each["threads"] for each in found["by_threads"]] == [1, 2]
    assert all(each["ms"] > 0 < each["images_per_second"] for each in found["by_threads"])
    least = min(found["by_threads"], key=lambda each: each["ms"])
    assert found["fastest_threads"] == least["threads"]


def test_the_numbers_of_threads_take_turns(config, monkeypatch):
    order = []
    true = Engine.gradients
    monkeypatch.setattr(
        Engine,
        "gradients",
        lambda engine, *a: (order.append(engine.threads), true(engine, *a))[1],
    )
    succeed("time", config, "--steps", 2, "--threads", "1,2")
    assert order == [1, 2] * 4  # two to warm up


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--threads", "1,x"), "'x' is not a valid integer."),
        (("--threads", "1,"), "'' is not a valid integer."),
        (("--threads", "0,1"), "0 is not in the range 1<=x<=1024."),
        (("--steps", 0), "0 is not in the range x>=1"),
        (("--kernels", "fft"), "'fft' is not one of"),
        (("--set", "train.batch=3"), "train.batch"),
    ],
)
def test_wrong_usage(config, arguments, message):
    assert message in refusal("time", config, *arguments, status=2)
