import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import cnncli
from cnncli.engine.engine import Engine
from cnncli.page.material.history import History
from cnncli.page.material.starting_arrays import beginning
from cnncli.page.sections.health import LOOK, Weights, _active_row, health
from cnncli.page.subject import Subject
from tests.cli.commands import DATA


def subject_of(run):
    return Subject(run._checked, run.saved, notify=lambda text: None)


def text_of(section):
    return " ".join("".join(part.itertext()) for part in section.body)


def table_of(section, name):
    """Rows by their first cell."""
    found = next(part for part in section.body if part.get("aria-label") == name)
    rows = [[cell.text for cell in row] for row in found.iter("tr")][1:]
    return {first: others for first, *others in rows}


def test_the_start_is_that_of_the_engine(digits_run):
    saved = digits_run.saved
    start = beginning(saved)
    with Engine(cnncli.Network("digits").graph, threads=1, seed=0) as engine:
        expected = engine.parameters.views
        assert start.arrays.keys() == expected.keys()
        for name, array in expected.items():
            np.testing.assert_array_equal(start.arrays[name], array)
    assert start.remark == "The start is computed anew from the seed 0."


def test_weights_beside_numpy(digits_run):
    section = health(subject_of(digits_run))
    start, end = beginning(digits_run.saved).arrays, digits_run.parameters()
    names = [name for name in end if name.endswith(".W")]
    expected = {
        name: [
            f"{end[name].size:,}",
            f"{start[name].std(dtype=np.float64):.4g}",
            f"{end[name].std(dtype=np.float64):.4g}",
            f"{np.linalg.norm(end[name] - start[name]) / float(np.linalg.norm(start[name])):.4g}",
            "fine",
        ]
        for name in names
    }
    assert table_of(section, "Weights") == expected
    assert [*section.figures] == [f"weights-{name}" for name in names]


def test_scales_beside_numpy(digits_run):
    rows = table_of(health(subject_of(digits_run)), "Scales")
    arrays = digits_run.parameters()
    assert rows == {
        name: [f"{g.size}", f"{g.min():.4g}", f"{np.median(g):.4g}", f"{g.max():.4g}", "0", "fine"]
        for name in ("batchnorm1", "batchnorm2", "batchnorm3", "batchnorm4")
        if (g := np.abs(arrays[f"{name}.gamma"])) is not None
    }


def test_gradients_beside_the_metrics(digits_run):
    lines = [*map(json.loads, (digits_run.path / "metrics.jsonl").read_text().splitlines())]
    norms = [line["gradient_norm"] for line in lines if "gradient_norm" in line]
    half = len(norms) // 2
    rows = table_of(health(subject_of(digits_run)), "Norm of the gradient")
    values = np.median(norms[:half]), np.median(norms[half:]), max(norms)
    assert rows == {f"{len(norms)} steps": [*(f"{value:.4g}" for value in values), "fine"]}


def test_dead_relus_are_counted(digits_run):
    subject = subject_of(digits_run)
    active = {"relu1": np.array([0.0, 0.5, 0.25, 0.25]), "relu2": np.full(4, 0.5)}
    subject.__dict__["observation"] = SimpleNamespace(active=active)
    section = health(subject)
    assert table_of(section, "Dead RELUs") == {
        "relu1": ["4", "1", "0.250", f"{LOOK}: 25% are dead"],
        "relu2": ["4", "0", "0.500", "fine"],
    }
    assert "1 ask for a look: relu1." in text_of(section)


@pytest.mark.parametrize(("dead", "is_fine"), [(0, True), (5, True), (6, False)])
def test_some_dead_channels_do_no_harm(dead, is_fine):
    shares = np.full(100, 0.3)
    shares[:dead] = 0
    assert (_active_row("relu", shares)[-1] == "fine") is is_fine


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (1.5, "fine"), (1.0, "it has hardly changed"), (20.0, "it has grown 20 times"),
        (0.001, "it has nearly vanished"), (0.0, "it has nearly vanished"),
        (np.nan, "it has numbers that are not finite"),
        (np.inf, "it has numbers that are not finite"),
    ],
)  # fmt: skip
def test_verdicts_of_weights(factor, verdict):
    start = np.random.default_rng(0).normal(0, 0.1, 1000).astype(np.float32)
    found = Weights.of("conv1.W", start, start * np.float32(factor)).verdict
    assert found.removeprefix(f"{LOOK}: ") == verdict


@pytest.mark.parametrize(
    ("norms", "verdict"),
    [([1, 1, 2, 2], "fine"), ([1, 1, 9, 9], "it rises"), ([1, 1, 0, 0], "it is 0")],
)
def test_verdicts_of_gradients(digits_run, norms, verdict):
    subject = subject_of(digits_run)
    lines = [
        {"kind": "step", "step": step, "gradient_norm": norm} for step, norm in enumerate(norms)
    ]
    subject.__dict__["history"] = History.of("digits", lines)
    rows = table_of(health(subject), "Norm of the gradient")
    assert rows["4 steps"][-1].removeprefix(f"{LOOK}: ") == verdict


def test_a_configuration_has_none():
    section = health(Subject(cnncli.Network("digits").checked))
    assert text_of(section) == "This page is of a configuration: nothing has been trained yet."


def test_what_was_taken_over_is_the_start(digits_run, tmp_path):
    begun = tmp_path / "begun"
    shutil.copytree(digits_run.path, begun)
    network = cnncli.Network("digits", set={"data.root": str(DATA)})
    run = network.train(
        out=tmp_path / "run", start=begun, epochs=1, threads=1, bar=False,
        set={"train.start.skip": "fc1"},
    )  # fmt: skip
    start, there = beginning(run.saved), digits_run.parameters()
    assert "began with a trained network (train.start)" in start.remark
    np.testing.assert_array_equal(start.arrays["conv1.W"], there["conv1.W"])
    assert not np.array_equal(start.arrays["fc1.W"], there["fc1.W"])
    shutil.rmtree(begun)
    arrays, remark = beginning(run.saved)
    assert arrays == {}
    assert "is not there any more" in remark
    section = health(subject_of(run))
    assert table_of(section, "Weights")["conv1.W"][1] == "-"
    assert section.figures
