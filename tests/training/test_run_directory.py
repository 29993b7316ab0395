"""Where runs are kept."""

import pytest

from cnncli.errors import UsageError, WriteError
from cnncli.training.progress import Progress, Sums
from cnncli.training.run_directory import RunDirectory, create, find


def test_the_next_free_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(create(None, "net").path) == "runs/net-1"
    assert str(create(None, "net").path) == "runs/net-2"
    assert str(create(None, "net-2").path) == "runs/net-2-1"
    (tmp_path / "runs" / "net-10").mkdir()
    assert str(create(None, "net").path) == "runs/net-11"
    assert str(find(None, "net").path) == "runs/net-11"


def test_a_run_is_not_overwritten(tmp_path):
    directory = create(tmp_path / "out", "net")
    directory.describe("name: net\n", {})
    with pytest.raises(UsageError) as caught:
        create(tmp_path / "out", "net")
    assert str(caught.value) == (
        f"{tmp_path / 'out'} holds a run already; --resume continues it, another --out starts anew"
    )
    assert find(tmp_path / "out", "net").path == tmp_path / "out"


def test_nothing_to_resume(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find(None, "net") is None
    assert find(tmp_path / "none", "net") is None
    assert find(tmp_path, "net").path == tmp_path


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="could not be made"):
        create(tmp_path / "file" / "out", "net")


def test_cutting_back_the_metrics(tmp_path):
    directory = RunDirectory(tmp_path)
    for step, kind in ((1, "step"), (2, "step"), (2, "epoch"), (3, "step"), (3, "test")):
        directory.record({"kind": kind, "step": step})
    with directory.metrics.open("a") as file:
        file.write('{"kind": "st')
    directory.cut_metrics(Progress(2))
    kept = directory.metrics.read_text().splitlines()
    assert kept == [
        '{"kind": "step", "step": 1}',
        '{"kind": "step", "step": 2}',
        '{"kind": "epoch", "step": 2}',
    ]


def test_an_epoch_whose_end_is_still_to_come(tmp_path):
    """Its line is written again, those of its steps are not."""
    directory = RunDirectory(tmp_path)
    for step, kind in ((1, "epoch"), (2, "step"), (2, "epoch")):
        directory.record({"kind": kind, "step": step})
    directory.cut_metrics(Progress(2, Sums(images=32)))
    assert directory.metrics.read_text().splitlines() == [
        '{"kind": "epoch", "step": 1}',
        '{"kind": "step", "step": 2}',
    ]


def test_lines_of_the_metrics_that_are_not_ours_are_dropped(tmp_path):
    directory = RunDirectory(tmp_path)
    ours = b'{"kind": "step", "step": 1}\n'
    directory.metrics.write_bytes(ours + b'{"step": 1}\n[]\n7\n\n\xff\xfe\n' + ours)
    directory.cut_metrics(Progress(1))
    assert directory.metrics.read_bytes() == 2 * ours


def test_metrics_that_can_not_be_read(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.cut_metrics(Progress(1))
    directory.metrics.mkdir()
    with pytest.raises(WriteError) as caught:
        directory.cut_metrics(Progress(1))
    assert str(caught.value) == f"{directory.metrics}: can not be read: Is a directory"
