"""The folder of a sweep: begun once, joined by the same sweep, and never another's."""

import os

import pytest

from cnncli.errors import CheckpointError, UsageError, WriteError
from cnncli.sweep.work.shared_folder import SharedFolder
from cnncli.sweep.work.trial_result import (
    TrialResult,
    Worker,
    read_result,
    read_worker,
    write_result,
    write_worker,
)
from tests.messages import error_text

TEXTS = (("sweep.yaml", "budget:\n  trials: 3\n"), ("net.yaml", "architecture: INPUT-FC\n"))


@pytest.fixture
def folder(tmp_path):
    return SharedFolder(tmp_path / "digits")


def test_begun_once(folder):
    about = folder.begin(TEXTS, threads=3)
    assert about.threads == 3
    assert folder.begin(TEXTS, threads=8) == about
    assert folder.sweep.read_text() == TEXTS[0][1]
    assert folder.base.read_text() == TEXTS[1][1]


def test_begun_by_one_that_was_killed(folder):
    folder.path.mkdir()
    for name in (".lock", "sweep.yaml", "blocks-1.yaml", f".cnn-{'0' * 16}.part"):
        (folder.path / name).write_text("")
    assert folder.begin(TEXTS, threads=1).threads == 1
    assert folder.sweep.read_text() == TEXTS[0][1]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            (("sweep.yaml", "budget:\n  trials: 4\n"), TEXTS[1]),
            "sweep.yaml: line 2 was 'trials: 3', and is 'trials: 4'; change it back "
            "(FOLDER/sweep.yaml holds it as it was), or give another --out",
        ),
        (
            (TEXTS[0], ("net.yaml", f"{TEXTS[1][1]}train:\n")),
            "net.yaml: line 2 was nothing, and is 'train:'; change it back "
            "(FOLDER/base.yaml holds it as it was), or give another --out",
        ),
    ],
)
def test_another_sweep(folder, texts, told):
    folder.begin(TEXTS, threads=1)
    said = f"{folder.path}: its sweep began with another {told.replace('FOLDER', str(folder.path))}"
    assert error_text(UsageError, folder.begin, texts, 1) == said
    for path, (_, text) in zip((folder.sweep, folder.base), texts, strict=True):
        path.write_text(text)
    folder.begin(texts, 1)


def test_files_of_blocks_are_watched(folder):
    """Whatever they are called: copies have names of their own."""
    texts = (*TEXTS, ("blocks/../sweep.yaml", "blocks: {a: RELU}\n"), ("b.yaml", "blocks: {}\n"))
    folder.begin(texts, threads=1)
    folder.begin(texts, threads=1)
    assert sorted(os.listdir(folder.path)) == sorted(
        [".lock", "base.yaml", "blocks-1.yaml", "blocks-2.yaml", "sweep.json", "sweep.yaml"]
    )
    other = (*texts[:3], ("b.yaml", "blocks: {c: TANH}\n"))
    assert error_text(UsageError, folder.begin, other, 1) == (
        f"{folder.path}: its sweep began with another b.yaml: line 1 was 'blocks: {{}}', and is "
        f"'blocks: {{c: TANH}}'; change it back ({folder.path}/blocks-2.yaml holds it as it was), "
        "or give another --out"
    )


def test_other_files(folder):
    folder.path.mkdir()
    (folder.path / "thesis.tex").write_text("")
    assert error_text(UsageError, folder.begin, TEXTS, 1) == (
        f"{folder.path}: holds thesis.tex, and no sweep; give another --out, for a folder that is "
        "empty or not there yet"
    )
    assert os.listdir(folder.path) == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder(folder):
    folder.path.write_text("")
    told = error_text(WriteError, folder.begin, TEXTS, 1)
    assert told == f"{folder.path}: could not be made: File exists"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "its text: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b'{"began": 1, "threads": 1}', "cnncli: Field required"),
        (
            b'{"began": 1, "threads": 0, "cnncli": "1"}',
            "threads: Input should be greater than or equal to 1, not 0",
        ),
    ],
)
def test_a_damaged_beginning(folder, content, told):
    folder.path.mkdir()
    folder.about.write_bytes(content)
    assert error_text(CheckpointError, folder.begin, TEXTS, 1) == (
        f"{folder.about}: is damaged: {told}; start the sweep in another --out"
    )


def test_another_version(folder):
    folder.begin(TEXTS, 1)
    folder.about.write_text('{"began": 1, "threads": 1, "cnncli": "0.0"}')
    from cnncli.version import __version__

    assert error_text(UsageError, folder.begin, TEXTS, 1) == (
        f"{folder.path}: its sweep began with cnn 0.0, and this is {__version__}; use that "
        "version, or give another --out"
    )


def test_results(folder):
    folder.begin(TEXTS, 1)
    results = {0: TrialResult({"a": 1.5}, "failed", message="no"), 12: TrialResult({"b": [1, "x"]})}
    for number, result in results.items():
        folder.trial(number).mkdir()
        write_result(folder.trial(number), result)
    folder.trial(3).mkdir()
    (folder.path / "trial-1").mkdir()
    assert folder.results() == results
    write_result(folder.trial(0), TrialResult({}))
    assert folder.results() == results, "what is over does not change"
    assert read_worker(folder.trial(0)) is None
    write_worker(folder.trial(0), Worker("node7", 12, 1.5))
    assert str(read_worker(folder.trial(0))) == "node7:12"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "its text: Invalid JSON: EOF while parsing an object at line 1 column 1"),
        (b'{"values": {}, "state": "won"}', "state: Input should be 'begun', 'paused', 'finished', "
         "'diverged' or 'failed', not 'won'"),
        (b'{"values": {}, "epochs": -1}',
         "epochs: Input should be greater than or equal to 0, not -1"),
        (b'{"values": {}, "seconds": NaN}', "seconds: Input should be a finite number, not nan"),
        (b"[" * 100_000, "its text: Invalid JSON: recursion limit exceeded at line 1 column 202"),
    ],
)  # fmt: skip
def test_a_damaged_result(tmp_path, content, told):
    (tmp_path / "trial.json").write_bytes(content)
    assert error_text(CheckpointError, read_result, tmp_path) == (
        f"{tmp_path / 'trial.json'}: is damaged: {told}; move trial.json away, and the trial's run "
        "is looked at anew"
    )


def test_a_result_that_is_none(tmp_path):
    path = tmp_path / "trial.json"
    path.write_bytes(b" " * (2**20 + 1))
    assert error_text(CheckpointError, read_result, tmp_path) == (
        f"{path}: is larger than 1 MiB; move trial.json away, and the trial's run is looked at anew"
    )
    path.unlink()
    os.mkfifo(path)
    told = f"{path}: is a pipe, not a file; name another, or move it away"
    assert error_text(WriteError, read_result, tmp_path) == told
    path.unlink()
    path.symlink_to("/etc/passwd")
    told = f"{path}: is a link to /etc/passwd; name the file itself, or move the link away"
    assert error_text(WriteError, read_result, tmp_path) == told
