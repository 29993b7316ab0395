"""What run.json keeps of a run's commands, and what becomes of one that anybody has written."""

import json
import os
import random
import tracemalloc

import pytest

from cnncli.bounds import MAX_BYTES, MAX_KEPT_VALUE, MAX_OVERRIDES, MAX_RUN_BYTES
from cnncli.check.check import check
from cnncli.errors import CheckpointError, WriteError
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.earlier_overrides import (
    earlier_overrides,
    earlier_shards,
    record_overrides,
)
from tests.cli.commands import call, write_config
from tests.messages import error_text

REMEDY = "remove the file, and give with --set what earlier commands have set"


@pytest.fixture
def directory(tmp_path):
    return RunDirectory(tmp_path)


def test_what_is_kept_is_what_is_read(directory, config):
    texts = ["train.epochs=9", 'name="ä \u2028 \\x41"', "train.optimizer={lr: .inf}"]
    spec = check(config, texts).spec
    directory.describe("name: x\n", {"overrides": record_overrides(spec), "seed": 5})
    assert json.loads(directory.about.read_text())["overrides"] == [
        {"set": texts[0], "file": "3"},
        {"set": texts[1], "file": '"small"'},
        {"set": texts[2],
         "file": '{"lr": 0.05, "momentum": 0.9, "name": "sgd", "weight_decay": 0.0001}'},
    ]  # fmt: skip
    found = earlier_overrides(directory)
    assert [(this.text, this.file) for this in found] == [
        (this.text, this.file) for this in spec.overrides
    ]
    assert {this.record for this in found} == {str(directory.about)}


def test_former_runs_have_none(directory):
    assert earlier_overrides(directory) == ()
    directory.describe("name: x\n", {"command": ["cnn"], "seed": 5})
    assert earlier_overrides(directory) == []


def test_who_computed_it(directory):
    assert earlier_shards(directory) == (1, 1)
    directory.describe("name: x\n", {"threads": 4})
    assert earlier_shards(directory) == (1, 4)
    directory.describe("name: x\n", {"ranks": 3, "threads": 2})
    assert earlier_shards(directory) == (3, 2)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "its text: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b"[]", "its text: Input should be an object"),
        (b'{"overrides": null}', "overrides: Input should be a valid array, not empty"),
        (b'{"overrides": ["a=1"]}', "overrides.0: Input should be an object"),
        (b'{"ranks": 0}', "ranks: Input should be greater than or equal to 1, not 0"),
        (b'{"overrides": [{}]}', "overrides.0.set: Field required"),
        (b'{"overrides": [{"set": 1}]}', "overrides.0.set: Input should be a valid string, not 1"),
        (b'{"overrides": [{"set": "a=1", "file": 2}]}',
         "overrides.0.file: Input should be a valid string, not 2"),
        (b"[" * 100_000, "its text: Invalid JSON: recursion limit exceeded at line 1 column 202"),
    ],
)  # fmt: skip
def test_what_is_damaged(directory, content, what):
    directory.about.write_bytes(content)
    assert error_text(CheckpointError, earlier_overrides, directory) == (
        f"{directory.about}: is damaged: {what}; {REMEDY}"
    )


@pytest.mark.parametrize(
    ("this", "rule"),
    [
        ([{"set": "a=1"}] * (MAX_OVERRIDES + 1), "overrides: there should be at most 2,000, not "),
        ([{"set": "a" * (MAX_BYTES + 1)}], "String should have at most 1048576 characters"),
        ([{"set": "a=1", "file": "a" * (MAX_KEPT_VALUE + 1)}],
         "String should have at most 1000 characters"),
    ],
)  # fmt: skip
def test_what_is_too_much(directory, this, rule):
    directory.about.write_text(json.dumps({"overrides": this}))
    assert rule in error_text(CheckpointError, earlier_overrides, directory)


def test_many_faults_are_counted_before_they_are_looked_at(directory):
    """A kilobyte for each of a million would be too much."""
    count = MAX_RUN_BYTES // 3 - 10
    directory.about.write_bytes(b'{"overrides":[' + b"[]," * count + b"[]]}")
    assert "at most 2,000" in error_text(CheckpointError, earlier_overrides, directory)


def test_a_file_that_is_too_large_is_not_read(directory):
    directory.about.touch()
    os.truncate(directory.about, 100 * MAX_RUN_BYTES)
    tracemalloc.start()
    said = error_text(CheckpointError, earlier_overrides, directory)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said == f"{directory.about}: more than 4,194,304 bytes; {REMEDY}"
    assert peak < 2.5 * MAX_RUN_BYTES


def test_what_is_no_file_is_not_read(directory):
    os.mkfifo(directory.about)
    assert error_text(WriteError, earlier_overrides, directory) == (
        f"{directory.about}: is a pipe, not a file; name another, or move it away"
    )


NASTY = ("", "=", "a=1", "a\n=\x1b[2J", "train.epochs=9", "train.epochs=[", "name=\udcff",
         "train=null", "data.root=/dev/zero", "architecture.0=1", "x" * 9_999, "fit=[[[", "=" * 60,
         ".".join("a" * 60) + "=1", "data={root: [1]}", "train.optimizer=*x", "train.seed=-1", None,
         7, [], {}, True, "train.epochs=1e999", "architecture=INPUT")  # fmt: skip


def test_anybodys_file_is_a_line(tmp_path):
    """With status 0, 2, 3 or 4, and nothing that a terminal would obey."""
    config, run = write_config(tmp_path), tmp_path / "run"
    first = call("train", config, "--out", run, "--max-steps", 1, "--quiet")
    assert first.exit_code == 0, first.stderr
    about, draw = json.loads((run / "run.json").read_text()), random.Random(3)
    kept = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    for _ in range(80):
        overrides = [
            {"set": draw.choice(NASTY), "file": draw.choice((None, "2", *NASTY))}
            for _ in range(draw.randrange(1, 4))
        ]
        (run / "run.json").write_text(json.dumps(about | {"overrides": overrides}))
        result = call("train", config, "--out", run, "--resume", "--max-steps", 2, "--quiet")
        assert result.exit_code in (0, 2, 3, 4), (overrides, result.stderr)
        assert "\x1b" not in result.output
        for path, content in kept.items():
            path.write_bytes(content)
