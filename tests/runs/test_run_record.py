"""What is known of a run: its state, its figures, and what is damaged."""

import json
import os
import shutil
import struct
from pathlib import Path

import pytest

from cnncli.locks import directory_lock
from cnncli.runs.run_record import FIGURES, RunRecord
from tests.runs.made import CONFIG, epoch, finished, made_run

FORMER = Path(__file__).parents[1] / "training" / "former"


def read(place):
    return RunRecord.read(place, place.name)


def test_a_finished_run(tmp_path):
    run = read(finished(tmp_path / "run"))
    row = run.row()
    assert run.problems == []
    assert {name: row[name] for name in FIGURES} == {
        "name": "run",
        "path": f"{tmp_path / 'run'}",
        "state": "finished",
        "epochs": 4,
        "step": 28,
        "best_epoch": 2,
        "best_validation_accuracy": 0.625,
        "best_validation_loss": 1.0,
        "validation_accuracy": 0.25,
        "validation_loss": 1.0,
        "train_accuracy": 0.25,
        "train_loss": 0.5,
        "test_accuracy": 0.75,
        "test_loss": 0.5,
        "seconds": 6.0,
        "started": "2026-11-27T10:00:00+00:00",
        "remark": "all epochs are done",
    }
    assert {key: value for key, value in row.items() if key not in FIGURES} == {
        "data.name": "digits",
        "data.validation": 100.0,
        "architecture": "2 layers 8991ce",
        "fit": "strict",
        "train.epochs": 4,
        "train.batch_size": 16,
        "train.seed": 1,
        "train.optimizer.name": "sgd",
        "train.optimizer.lr": 0.05,
        "train.optimizer.momentum": 0.9,
        "train.schedule.warmup": 0.0,
        "train.schedule.name": "cosine",
        "train.schedule.end": 0.0,
    }


def test_states(tmp_path):
    """By what the run has recorded, and by its lock."""
    place = made_run(tmp_path / "run", epoch(1))
    assert (read(place).state, read(place).remark) == ("interrupted", None)
    with directory_lock(place):
        assert read(place).state == "going"
    shutil.rmtree(place)
    diverged = {"reason": "training diverged in step 9", "epoch": 2, "step": 9}
    run = read(made_run(tmp_path / "run", epoch(1), diverged=diverged))
    assert (run.state, run.remark, run.step) == ("diverged", "training diverged in step 9", 9)
    (place / ".lock").write_text("1\n")  # as a process that was killed has left it
    assert read(place).state == "diverged"


@pytest.mark.parametrize(
    ("about", "best"),
    [({"best": "validation_loss"}, 1), ({"best": "validation_accuracy"}, 3),
     ({"best": None}, 3), ({"best": [1]}, 3), ({}, 2)],
)  # fmt: skip
def test_the_best_epoch_is_that_of_the_runs_metric(tmp_path, about, best):
    """Of a tie the other metric decides, then the earlier epoch; once the earlier one alone."""
    lines = (epoch(1, 0.5, 0.25), epoch(2, 0.75, 0.75), epoch(3, 0.75, 0.5), epoch(4, 0.75, 0.5))
    run = read(made_run(tmp_path / "run", *lines, about=about))
    assert run.row()["best_epoch"] == best


@pytest.mark.parametrize("name", ["archive", "folder", "kinds", "small"])
def test_runs_of_an_earlier_version(name):
    """Without what later ones record; that of `whole` is in its checkpoint alone."""
    whole, interrupted = (read(FORMER / name / part) for part in ("whole", "interrupted"))
    assert (whole.state, interrupted.state) == ("finished", "interrupted")
    assert whole.problems == interrupted.problems == []
    lines = (FORMER / name / "whole" / "metrics.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    assert whole.row()["test_accuracy"] == last["test_accuracy"]
    assert whole.row()["epochs"] == whole.settings["train.epochs"]
    assert whole.step == last["step"] > interrupted.step
    assert interrupted.row()["epochs"] < whole.row()["epochs"]
    same = {"train.optimizer.lr", "architecture", "train.seed"}
    assert {key: whole.settings[key] for key in same} == {
        key: interrupted.settings[key] for key in same
    }


def test_a_finished_run_that_is_to_go_on_is_finished_no_more(tmp_path):
    """Its checkpoint still says that it is, until the next one is written."""
    place = tmp_path / "run"
    shutil.copytree(FORMER / "small" / "whole", place)
    assert read(place).state == "finished"
    text = (FORMER / "small" / "interrupted" / "config.yaml").read_text()
    (place / "config.yaml").write_text(text.replace("epochs: 4", "epochs: 8"))
    assert (read(place).state, read(place).row()["epochs"]) == ("interrupted", 4)


def test_a_last_line_that_is_cut_off(tmp_path):
    place = made_run(tmp_path / "run", epoch(1), epoch(2))
    with open(place / "metrics.jsonl", "a") as file:
        file.write('{"kind": "epoch", "ep')
    run = read(place)
    assert (run.problems, run.row()["epochs"]) == ([], 2)


def fill(name, content):
    def change(place):
        (place / name).unlink(missing_ok=True)
        (place / name).write_bytes(content)

    return change


def put(make):
    def change(place):
        (place / "run.json").unlink()
        make(place / "run.json")

    return change


def sparse(name, size):
    def change(place):
        with open(place / name, "wb") as file:
            file.truncate(size)

    return change


DAMAGED = {
    "json": (fill("run.json", b"{"), "damaged", "run.json: is damaged: it is no JSON object"),
    "list": (fill("run.json", b"[]"), "damaged", "run.json: is damaged: it is no JSON object"),
    "deep": (fill("run.json", b"[" * 99_999), "damaged",
             "run.json: is damaged: it is no JSON object"),
    "bytes": (fill("run.json", b"\xff\xfe"), "damaged",
              "run.json: is damaged: it is no JSON object"),
    "number": (fill("run.json", b'{"a": ' + b"9" * 9_999 + b"}"), "damaged",
               "run.json: is damaged: it is no JSON object"),
    "folder": (put(Path.mkdir), "damaged", "run.json: is not a file; move it away"),
    "pipe": (put(os.mkfifo), "damaged", "run.json: is not a file; move it away"),
    "loop": (put(lambda path: path.symlink_to(path)), "damaged",
             "run.json: cannot be read: Too many levels of symbolic links"),
    "device": (put(lambda path: path.symlink_to("/dev/zero")), "damaged",
               "run.json: is not a file; move it away"),
    "huge": (sparse("run.json", 2**40), "damaged",
             "run.json: has 1 TiB, and at most 4 MiB are read"),
    "metrics": (fill("metrics.jsonl", b"garbage\n[]\n{}\n"), "finished",
                "metrics.jsonl:1: is damaged: it is no JSON object"),
    "huge metrics": (sparse("metrics.jsonl", 2**40), "finished",
                     "metrics.jsonl: has 1 TiB, and at most 64 MiB are read"),
    "yaml": (fill("config.yaml", b"a: {"), "finished", None),
    "text": (fill("config.yaml", b"hello"), "finished",
             "config.yaml: is damaged: it is no mapping"),
    "config bytes": (fill("config.yaml", b"\xff"), "damaged",
                     "config.yaml: is damaged: it is not UTF-8"),
    "control": (fill("config.yaml", b"train: \x1b[2J"), "finished",
                "config.yaml: is damaged: the character U+001B is not allowed in a text; "
                "remove it"),
    "keys": (fill("config.yaml", b"".join(b"a%d: 1\n" % n for n in range(1_001))), "finished",
             "config.yaml: has more than 1,000 keys, as no run has"),
    "aliases": (fill("config.yaml", b"a: &a [1]\nb: [*a, *a]\n"), "finished", ""),
    "checkpoint": (fill("last.safetensors", b"x" * 99), "finished", ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "state", "said"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_told(tmp_path, soon, change, state, said):
    """And the remainder is shown: a run is never left out."""
    place = finished(tmp_path / "run")
    change(place)
    with soon():
        run = read(place)
        row = run.row()
    assert (run.state, row["name"]) == (state, "run")
    if said == "":
        assert run.problems == []
        return
    assert len(run.problems) == 1
    assert said is None or run.problems == [f"{place}/{said}"]
    assert run.problems[0].startswith(f"{place}/")
    if state == "damaged":
        assert row["remark"] == run.problems[0]


@pytest.mark.parametrize("names", [("last",), ("last", "previous"), ("best",)])
def test_damaged_checkpoints(tmp_path, names):
    """The one before is read instead; each damaged one is told."""
    place = tmp_path / "run"
    shutil.copytree(FORMER / "small" / "interrupted", place)
    for name in names:
        content = (place / f"{name}.safetensors").read_bytes()
        (place / f"{name}.safetensors").write_bytes(content.replace(b'"step', b'"stop', 1))
    run = read(place)
    read_by_then = {("last",): 75, ("last", "previous"): 75, ("best",): 81}[names]
    assert (run.state, run.step) == ("interrupted", read_by_then)
    assert run.problems == [
        f"{place / name}.safetensors: the file is damaged: the digest of its header does not fit"
        for name in names
        if name != "best"
    ]


def test_the_arrays_are_not_read(tmp_path):
    """Nor is the file: of 2 TiB the header alone."""
    place = tmp_path / "run"
    shutil.copytree(FORMER / "small" / "interrupted", place)
    with open(place / "last.safetensors", "r+b") as file:
        end = 8 + struct.unpack("<Q", file.read(8))[0]
        file.truncate(end)
        file.truncate(2**41)
    run = read(place)
    assert (run.problems, run.step) == ([], 81)


def test_a_directory_with_nothing_of_a_configuration(tmp_path):
    run = read(made_run(tmp_path / "run", config=None))
    said = f"{tmp_path / 'run'}: holds no configuration, and no checkpoint that has one"
    assert (run.state, run.problems, run.remark) == ("damaged", [said], said)


@pytest.mark.parametrize(
    "value", [None, True, "0.5", [1], {}, float("nan"), float("inf"), 10**30, -(10**400)]
)
def test_figures_are_numbers(tmp_path, value):
    """Whatever metrics.jsonl and run.json hold."""
    line = dict.fromkeys(epoch(1), value) | {"kind": "epoch", "epoch": 1}
    test = {"kind": "test", "test_loss": value, "test_accuracy": value}
    ended = {"step": value, "epoch": value, "reason": value}
    run = read(made_run(tmp_path / "run", line, test, started=value, ended=ended))
    row = run.row()
    assert (row["state"], row["epochs"], run.problems) == ("finished", 1, [])
    kept = {key for key in FIGURES if row[key] not in (None, 0)}
    texts = {"started", "remark"} if value == "0.5" else set()
    assert kept - texts == {"name", "path", "state", "epochs", *({"best_epoch"} & kept)}
    json.dumps(row, allow_nan=False)


def test_epochs_that_are_none(tmp_path):
    lines = [{"kind": "epoch", "epoch": value} for value in (None, -1, 1.5, "2", [3])]
    run = read(made_run(tmp_path / "run", *lines, {"kind": ["epoch"]}, {}))
    assert (run.row()["epochs"], run.problems) == (None, [])


def test_values_of_a_configuration_are_plain(tmp_path):
    text = CONFIG + (
        "  clip_norm: .inf\n  class_weights: {cat: 2.0, big dog: 1.0}\n"
        f"  groups: [{{layers: [{'a' * 2_000}]}}]\n  null: 3\n"
    )
    found = read(made_run(tmp_path / "run", config=text)).settings
    assert found["train.clip_norm"] == "inf"
    assert found["train.class_weights"] == '{cat: 2.0, "big dog": 1.0}'
    assert len(found["train.groups"]) < 600
    assert found["train.groups"].startswith("[{layers: [aaaa")


def test_networks_are_told_apart(tmp_path):
    """A configuration that is written otherwise has its sections read as a whole."""
    other = CONFIG.replace("K: 10", "K: 9")
    as_json = json.dumps({"architecture": "INPUT-FC", "train": {"seed": 7}})
    first, second, third = (
        read(made_run(tmp_path / name, config=text)).settings
        for name, text in {"a": CONFIG, "b": other, "c": as_json}.items()
    )
    assert first["architecture"] != second["architecture"]
    assert third["train.seed"] == 7
    assert third["architecture"] not in (first["architecture"], second["architecture"])
