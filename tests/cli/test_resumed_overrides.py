"""What a run's commands have set, as its user sees it: --resume without them, and with others."""

import json
import re
from pathlib import Path

import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, npz_config, refusal, succeed, write_config
from tests.training.recorded import metrics, saved

FIRST = (
    "--epochs", 4, "--seed", 7, "--set", "train.clip_norm=1", "--set", "train.optimizer.lr=0.1",
)  # fmt: skip


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path)
    return "tiny.yaml"


def edit(config, old, new):
    with open(config) as file:
        text = file.read()
    assert old in text
    with open(config, "w") as file:
        file.write(text.replace(old, new))


def told(result):
    """What is said before the run begins, and of its epochs how many there are to be."""
    lines = result.stderr.splitlines()
    begun = next(i for i, line in enumerate(lines) if line.startswith("tiny: "))
    return lines[:begun], {line.split(":")[0] for line in lines if line.startswith("epoch ")}


def kept(run):
    with open(f"{run}/run.json") as file:
        return [(this["set"], this["file"]) for this in json.load(file)["overrides"]]


def test_a_run_goes_on_with_what_its_command_set(config, tmp_path):
    """Its file and its arrays are those of a run that was not interrupted."""
    succeed("train", config, "--out", "run", *FIRST, "--max-steps", 2)
    assert kept("run") == [
        ("train.clip_norm=1", None), ("train.optimizer.lr=0.1", "0.05"), ("train.epochs=4", "2"),
        ("train.seed=7", None),
    ]  # fmt: skip
    result = succeed("train", config, "--out", "run", "--resume")
    assert told(result) == (
        ["resuming run after step 2"], {f"epoch {number}/4" for number in (1, 2, 3, 4)},
    )  # fmt: skip
    succeed("train", config, "--out", "whole", *FIRST)
    assert saved(tmp_path / "run") == saved(tmp_path / "whole")
    assert metrics(tmp_path / "run") == metrics(tmp_path / "whole")


def test_every_command_adds_to_it(config):
    succeed("train", config, "--out", "run", "--epochs", 3, "--max-steps", 1)
    for options, lines in (
        (("--set", "train.clip_norm=1"), ["+ train.clip_norm: 1.0  (this command)"]),
        ((), []),
        (("--set", "train.clip_norm=2"), [
            "- train.clip_norm: 1.0", "+ train.clip_norm: 2.0  (this command)",
        ]),
    ):  # fmt: skip
        step = Checkpoint.load(Path("run/last.safetensors")).progress.step
        result = succeed(
            "train", config, "--out", "run", "--resume", *options, "--max-steps", step + 1
        )
        changed = [f"changed since step {step}:", *(f"  {line}" for line in lines)]
        assert told(result)[0] == [*(changed if lines else []), f"resuming run after step {step}"]
    assert kept("run") == [("train.epochs=3", "2"), ("train.clip_norm=2", None)]


def test_the_file_the_earlier_commands_and_this_one(config):
    succeed("train", config, "--out", "run", *FIRST, "--max-steps", 2, "--threads", 1)
    edit(config, "epochs: 2", "epochs: 3")
    edit(config, "batch_size", "log_every: 3, batch_size")
    result = succeed("train", config, "--out", "run", "--resume", "--set", "train.clip_norm=2")
    assert told(result)[0] == [
        "warning: tiny.yaml:3:17: train.epochs: --set train.epochs=4 of an earlier command holds "
        "no longer, as the file had 2 here, and has 3 now.",
        "  Give it again if it is to hold.",
        "changed since step 2:",
        "  - train.clip_norm: 1.0",
        "  + train.clip_norm: 2.0  (this command)",
        "  - train.epochs: 4",
        "  + train.epochs: 3       (the file)",
        "  - train.log_every: 50",
        "  + train.log_every: 3    (the file)",
        "resuming run after step 2",
        "learning rate: 0.098 at the last step, 0.0854 from here on",
    ]
    assert told(result)[1] == {"epoch 1/3", "epoch 2/3", "epoch 3/3"}
    again = succeed("train", config, "--out", "run", "--resume", "--set", "train.epochs=4")
    assert told(again)[0] == [
        "changed since step 9:",
        "  - train.epochs: 3",
        "  + train.epochs: 4  (this command)",
        "resuming run after step 9",
        "learning rate: 0 at the last step, 0.00794 from here on",
    ]
    assert [text for text, _ in kept("run")] == [
        "train.optimizer.lr=0.1", "train.seed=7", "train.threads=1", "train.clip_norm=2",
        "train.epochs=4",
    ]  # fmt: skip


def test_what_a_command_set_before_it_was_interrupted(config, monkeypatch):
    """It had no checkpoint of its own yet: run.json has what it was to do."""
    succeed("train", config, "--out", "run", "--max-steps", 2)

    def interrupt(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cnncli.training.run.Trainer", interrupt)
        ended = call("train", config, "--out", "run", "--resume", "--epochs", 3)
    assert ended.exit_code == 130
    result = succeed("train", config, "--out", "run", "--resume")
    assert told(result)[0][:4] == [
        "changed since step 2:",
        "  - train.epochs: 2",
        "  + train.epochs: 3  (an earlier command)",
        "resuming run after step 2",
    ]


def test_a_run_is_found_by_the_name_of_this_command(config):
    succeed("train", config, "--set", "name=other", "--epochs", 3, "--max-steps", 2)
    result = succeed("train", config, "--resume", "--max-steps", 1)
    assert result.stderr.startswith("runs/tiny-N is not a run yet: starting at step 0\n")
    result = succeed("train", config, "--resume", "--set", "name=other")
    assert result.stderr.startswith("resuming runs/other-1 after step 2\nother: ")
    result = succeed("train", config, "--resume", "--out", "runs/other-1", "--epochs", 4)
    assert "\nother: 698 parameters, digits, 2 threads, in runs/other-1\n" in result.stderr


def test_data_of_ones_own_stay_where_they_were(config, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    own = npz_config(folder)
    edit(own, str(folder / "own.npz"), "elsewhere.npz")
    with monkeypatch.context() as there:
        there.chdir(folder)
        assert call("train", own, "--out", "../run").exit_code == 3
        succeed("train", own, "--out", "../run", "--set", "data.root=own.npz", "--max-steps", 1)
    assert kept("run") == [(f"data.root={folder}/own.npz", '"elsewhere.npz"')]
    succeed("train", own, "--out", "run", "--resume")


def test_a_damaged_record_is_not_passed_over(config, tmp_path):
    succeed("train", config, "--out", "run", *FIRST, "--max-steps", 2)
    about = tmp_path / "run" / "run.json"
    before = {path.name: path.read_bytes() for path in about.parent.iterdir()}
    about.write_bytes(before["run.json"][:100])
    said = refusal("train", config, "--out", "run", "--resume", status=4)
    assert re.fullmatch(
        "run/run.json: is damaged: its text: Invalid JSON: EOF while parsing .*; remove the file, "
        "and give with --set what earlier commands have set\n",
        said,
    )
    about.unlink()
    result = succeed("train", config, "--out", "run", "--resume", *FIRST)
    assert told(result)[0] == ["resuming run after step 2"]
    assert len(kept("run")) == 4


def test_what_does_not_fit_any_more_is_at_the_run(config):
    succeed("train", config, "--out", "run", "--set", "train.schedule.end=0.1", "--max-steps", 2)
    edit(config, "epochs: 2", "epochs: 2, schedule: constant")
    said = refusal("train", config, "--out", "run", "--resume", status=2)
    assert said.startswith(
        "run/run.json: --set train.schedule.end=0.1: train.schedule.end: unknown key 'end'; "
    )
    about = Path("run/run.json")
    values = json.loads(about.read_text())
    values["overrides"].clear()
    about.write_text(json.dumps(values))
    succeed("train", config, "--out", "run", "--resume", "--max-steps", 3)


def test_what_an_earlier_command_set_is_set_otherwise(config):
    succeed("train", config, "--out", "run", "--set", "train.schedule.end=0.1", "--max-steps", 2)
    edit(config, "epochs: 2", "epochs: 2, schedule: constant")
    succeed("train", config, "--out", "run", "--resume", "--set", "train.schedule=constant")
    assert kept("run") == [("train.schedule=constant", '{"name": "constant"}')]


def test_a_finished_runs_test_line_stays(config, tmp_path):
    """Once for each time that it was finished, however often it is interrupted in between."""
    succeed("train", config, "--out", "run")
    before = (tmp_path / "run" / "metrics.jsonl").read_text()
    resume = ("train", config, "--out", "run", "--resume", "--epochs")
    for more in ((3, "--max-steps", 7), (3, "--max-steps", 8)):
        succeed(*resume, *more)
    accuracy = re.search(r"accuracy (\S+),", succeed(*resume, 3).stdout)[1]
    lines = [(line["kind"], line["step"]) for line in metrics(tmp_path / "run")]
    assert (tmp_path / "run" / "metrics.jsonl").read_text().startswith(before)
    assert lines == [("epoch", 3), ("epoch", 6), ("test", 6), ("epoch", 9), ("test", 9)]
    result = succeed(*resume, 3)
    assert result.stderr == (
        f"run is finished: 9 steps, test accuracy {accuracy}\nto judge it: cnn eval run\n"
    )
