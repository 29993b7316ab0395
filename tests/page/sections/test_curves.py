import json
import math

import pytest

from cnncli.check.check import check
from cnncli.errors import UsageError
from cnncli.page.material.history import History
from cnncli.page.sections.curves import curves
from cnncli.page.subject import Subject
from cnncli.shipped.folders import CONFIGS
from cnncli.text import bytes_text
from cnncli.training.storage.resume import open_run


def subject_of(run, **more):
    saved = open_run(run.path)
    return Subject(run._checked, saved, **more)


@pytest.fixture(scope="module")
def bare():
    """A network without a run, whose metrics a test makes up."""

    def make(*lines, **more):
        subject = Subject(check(CONFIGS / "digits.yaml"), **more)
        found = [json.loads(json.dumps(line)) for line in lines]
        subject.__dict__["history"] = History.of(subject.name, found)
        return subject

    return make


def step(number, **values):
    return {"kind": "step", "epoch": 1, "step": number, **values}


def text_of(section):
    return " ".join("".join(part.itertext()) for part in section.body)


def values_of(section, chart, name):
    (found,) = (c for c in section.data["charts"][chart]["curves"] if c["name"] == name)
    return found["x"], found["y"]


def six(values):
    return [float(f"{value:.6g}") for value in values]


def test_the_values_are_those_of_the_metrics(digits_run):
    section = curves(subject_of(digits_run))
    lines = [*map(json.loads, (digits_run.path / "metrics.jsonl").read_text().splitlines())]
    steps, epochs = ([line for line in lines if line["kind"] == kind] for kind in ("step", "epoch"))
    for chart, name, found, key in (
        ("curve-loss", "training", epochs, "train_loss"),
        ("curve-accuracy", "training", epochs, "train_accuracy"),
        ("curve-loss", "each batch", steps, "loss"),
        ("curve-accuracy", "each batch", steps, "accuracy"),
    ):
        expected = [line["step"] for line in found], six(line[key] for line in found)
        assert values_of(section, chart, name) == expected
    both = [line for line in lines if line["kind"] in ("step", "epoch")]
    for chart, name, key in (
        ("curve-learning-rate", "learning rate", "lr"),
        ("curve-gradient-norm", "norm", "gradient_norm"),
    ):
        expected = [line["step"] for line in both], six(line[key] for line in both)
        assert values_of(section, chart, name) == expected
    test = lines[-1]
    assert values_of(section, "curve-loss", "test") == ([test["step"]], six([test["test_loss"]]))
    assert set(section.figures) == set(section.data["charts"])
    assert section.data["epoch"] == epochs[0]["step"]


def test_other_runs_stand_beside(digits_run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "metrics.jsonl").write_text(json.dumps(step(7, loss=0.5)) + "\n")
    section = curves(subject_of(digits_run, beside=[other]))
    assert values_of(section, "curve-loss", "each batch, other") == ([7], [0.5])
    assert values_of(section, "curve-loss", "training, run")[0]
    dots = [dot.get("class") for dot in section.figures["curve-loss"].iter("circle")]
    # on the chart and in the legend, hollow as those of another run; the run itself has epochs
    assert sorted(dots) == ["green", "green"]
    assert "Single batches are left out of loss and accuracy" in text_of(section)


def test_another_run_without_metrics_is_refused(digits_run, tmp_path):
    with pytest.raises(UsageError) as raised:
        curves(subject_of(digits_run, beside=[tmp_path]))
    assert str(raised.value) == (
        f"{tmp_path}: no metrics.jsonl is there that records a step; --with takes the folder of a "
        "run"
    )


def test_metrics_that_are_too_many_are_left_out(digits_run, monkeypatch):
    size = (digits_run.path / "metrics.jsonl").stat().st_size
    monkeypatch.setattr("cnncli.page.material.history.MAX_PAGE_METRICS", size - 1)
    reason = f"metrics.jsonl has {bytes_text(size)}, and a page reads at most"
    assert f"There are no curves: {reason}" in text_of(curves(subject_of(digits_run)))
    with pytest.raises(UsageError, match=reason):
        curves(subject_of(digits_run, beside=(digits_run.path,)))
    monkeypatch.undo()
    assert reason not in text_of(curves(subject_of(digits_run)))


def test_at_most_eight_runs(digits_run, tmp_path):
    others = [tmp_path / f"run{number}" for number in range(9)]
    for other in others:
        other.mkdir()
        (other / "metrics.jsonl").write_text(json.dumps(step(7, loss=0.5)) + "\n")
    section = curves(subject_of(digits_run, beside=others))
    assert "Left out, as there is room for 8 runs: run7 and run8." in text_of(section)


def test_a_configuration_has_none(bare):
    section = curves(bare())
    assert text_of(section) == "There are no curves: nothing has been trained yet."


def test_one_point(bare):
    section = curves(bare(step(50, loss=1.0, lr=0.1)))
    assert values_of(section, "curve-loss", "each batch") == ([50], [1.0])
    assert "No epoch has ended yet" in text_of(section)
    assert "Not recorded: accuracy and norm of the gradient." in text_of(section)
    assert section.data["epoch"] is None


def test_not_finite(bare):
    lines = [step(1, loss=1.0), step(2, loss=math.nan), step(3, loss=2.0), step(4, loss=math.inf)]
    section = curves(bare(*lines))
    assert values_of(section, "curve-loss", "each batch") == ([1, 3], [1.0, 2.0])
    assert "2 values that are not finite are left out" in text_of(section)
    json.dumps(section.data, allow_nan=False)


def test_a_rollback_is_marked(bare):
    lines = [step(10, loss=1.0), step(20, loss=0.9, rollbacks=1), step(30, loss=0.8, rollbacks=1)]
    section = curves(bare(*lines))
    drawn = section.figures["curve-loss"]
    assert [text.text for text in drawn.iter("text") if "rollback" in (text.text or "")] == [
        "rollback 1"
    ]
    assert "went back 1 time" in text_of(section)


def test_many_points_are_thinned_and_it_is_said(bare):
    lines = [step(number, loss=1 + number % 7) for number in range(1, 10_000)]
    lines[5432]["loss"] = 99.0
    section = curves(bare(*lines))
    x, y = values_of(section, "curve-loss", "each batch")
    assert len(x) <= 2000
    assert (min(y), max(y)) == (1, 99)
    assert "Of up to 9,999 points of a curve" in text_of(section)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "step"}, {"kind": "step", "step": "x", "loss": 1}, {"kind": ["step"], "step": 1},
        {"kind": "step", "step": -1, "loss": 1}, {"kind": "step", "step": 10**400, "loss": 1},
        {"kind": "step", "step": 1, "loss": "<b>"}, {"kind": "step", "step": 1, "loss": [1]},
        {"kind": "step", "step": 1, "loss": 10**400}, {"kind": "step", "step": 1, "loss": 1e308},
        {"kind": "step", "step": 1, "loss": 5e-324}, {"kind": "step", "step": math.nan, "loss": 1},
        {"kind": "epoch", "step": 3, "epoch": 0, "train_loss": 1},
        {"kind": "epoch", "step": 3, "epoch": "a", "train_loss": 1, "rollbacks": 1e300},
        {"kind": "step", "step": 1.5, "loss": True},
    ],
    ids=str,
)  # fmt: skip
def test_metrics_may_be_anybodys(bare, line):
    section = curves(bare(line, step(9, loss=0.5), step(12, loss=5e-324)))
    json.dumps(section.data, allow_nan=False)
    assert section.markup is not None
