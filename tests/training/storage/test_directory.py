"""Where runs are kept."""

import os
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cnncli.errors import UsageError, WriteError
from cnncli.training.state import Progress, Sums
from cnncli.training.storage.checkpoint import Checkpoint, DataUsed
from cnncli.training.storage.directory import RunDirectory, create, find
from tests.messages import error_text


def small():
    data = DataUsed("digits", "ab" * 32, None, ("0", "1"), (1.5,), (2.5,))
    return Checkpoint("name: x\n", data, Progress(), {"parameters/a": np.zeros(2)})


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
    assert error_text(UsageError, create, tmp_path / "out", "net") == (
        f"{tmp_path / 'out'} holds a run already; --resume continues it, another --out starts anew"
    )
    assert find(tmp_path / "out", "net").path == tmp_path / "out"


def test_nothing_to_resume(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find(None, "net") is None
    assert find(tmp_path / "none", "net") is None
    assert find(tmp_path, "net").path == tmp_path


def test_the_newest_run_is_one_that_has_begun(tmp_path, monkeypatch):
    """Another of that name ended before it had written anything."""
    monkeypatch.chdir(tmp_path)
    create(None, "net").describe("name: net\n", {})
    create(None, "net")
    assert str(find(None, "net").path) == "runs/net-1"


def test_half_written_files_are_cleared_away(tmp_path):
    """Those of the run alone, the names of version 0.1.0 among them; a link goes, not its file."""
    directory = RunDirectory(tmp_path)
    for name in (".last.safetensors.part", ".previous.safetensors.part", ".run.json.part"):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / ".cnn-0123456789abcdef.part").write_bytes(b"half")
    kept = [
        ".cnn-0123456789ABCDEF.part", ".cnn-0123456789abcdef.part.txt", ".cnn-01.part",
        ".download.iso.part", "cnn-0123456789abcdef.part", "last.safetensors", "mine.part",
    ]  # fmt: skip
    for name in kept:
        (tmp_path / name).write_bytes(b"whole")
    (tmp_path / ".cnn-1123456789abcdef.part").symlink_to("mine.part")
    os.mkfifo(tmp_path / ".cnn-2123456789abcdef.part")
    with directory.lock():
        names = {path.name for path in tmp_path.iterdir()}
    assert names == {*kept, ".cnn-2123456789abcdef.part", ".lock"}


def test_nothing_is_written_into_the_directory_of_another_run(tmp_path):
    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    with directory.lock():
        directory.record({"kind": "step", "step": 1})
        shutil.rmtree(directory.path)
        directory.path.mkdir()
        with RunDirectory(directory.path).lock():
            for write in (
                lambda: directory.describe("", {}),
                lambda: directory.record({}),
                lambda: directory.save(small()),
                lambda: directory.amend(small()),
            ):
                with pytest.raises(WriteError, match="is another run's now"):
                    write()
            assert [path.name for path in directory.path.iterdir()] == [".lock"]


def test_metrics_are_as_durable_as_the_checkpoint_behind_them(tmp_path, monkeypatch):
    """A loss of power between them would else leave a gap that no resumed run fills."""
    directory, synced = RunDirectory(tmp_path), []
    directory.record({"kind": "step", "step": 1})

    def fsync(descriptor):
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr(os, "fsync", fsync)
    directory.save(small())
    metrics, part, folder = synced
    assert (metrics, folder) == (str(directory.metrics), str(tmp_path))
    assert re.fullmatch(re.escape(str(tmp_path)) + r"/\.cnn-[0-9a-f]{16}\.part", part)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="could not be made"):
        create(tmp_path / "file" / "out", "net")


@pytest.mark.parametrize(
    ("progress", "kept"), [(Progress(2), "1s 1e 2s 2e"), (Progress(2, Sums(images=32)), "1s 1e 2s")]
)
def test_cutting_back_the_metrics(tmp_path, progress, kept):
    """The line of an epoch whose end is still to come is written again, those of its steps not."""
    directory, kinds = RunDirectory(tmp_path), {"s": "step", "e": "epoch", "p": "stop", "t": "test"}
    for step, kind in ("1s", "1e", "2s", "2e", "2p", "3s", "3t"):
        directory.record({"kind": kinds[kind], "step": int(step)})
    with directory.metrics.open("a") as file:
        file.write('{"kind": "st')
    directory.cut_metrics(progress)
    assert directory.metrics.read_text().splitlines() == [
        f'{{"kind": "{kinds[kind]}", "step": {step}}}' for step, kind in kept.split()
    ]


@pytest.mark.parametrize(
    ("progress", "kept"),
    [
        (Progress(3, finished=True), "1t 2e 3e 3t"),
        (replace(Progress(3, finished=True), finished=False), "1t 2e 3e 3t"),
        (Progress(3), "1t 2e 3e"),
        (Progress(4, finished_at=3), "1t 2e 3e 3t 4e"),
        (Progress(4, finished=True), "1t 2e 3e 3t 4e 4t"),
        (Progress(3, Sums(images=32), finished_at=3), "1t 2e 3t"),
        (Progress(2, finished_at=1), "1t 2e"),
    ],
)
def test_a_finished_runs_test_stays(tmp_path, progress, kept):
    """Only where a run is ended early, or before it could be marked as finished, is it redone."""
    directory, kinds = RunDirectory(tmp_path), {"e": "epoch", "t": "test"}
    for step, kind in ("1t", "2e", "3e", "3t", "4e", "4t", "5e"):
        directory.record({"kind": kinds[kind], "step": int(step)})
    directory.cut_metrics(progress)
    assert directory.metrics.read_text().splitlines() == [
        f'{{"kind": "{kinds[kind]}", "step": {step}}}' for step, kind in kept.split()
    ]


def test_a_line_that_lacks_only_its_end_is_whole(tmp_path):
    """Else the next one would be written behind it."""
    directory = RunDirectory(tmp_path)
    for step in (1, 2):
        directory.record({"kind": "step", "step": step})
    whole = directory.metrics.read_bytes()
    for cut in range(1, len(whole)):
        directory.metrics.write_bytes(whole[:cut])
        directory.cut_metrics(Progress(2))
        found = directory.metrics.read_bytes()
        assert whole.startswith(found)
        assert not found or found.endswith(b"\n")
        assert len(found) >= cut - len(whole) // 2 + 1


def test_lines_of_the_metrics_that_are_not_ours_are_dropped(tmp_path):
    directory = RunDirectory(tmp_path)
    ours = b'{"kind": "step", "step": 1}\n'
    directory.metrics.write_bytes(
        ours + b'{"step": 1}\n[]\n7\n\n\xff\xfe\n' + b"[" * 200_000 + b"\n" + ours
    )
    directory.cut_metrics(Progress(1))
    assert directory.metrics.read_bytes() == 2 * ours


def test_metrics_that_cannot_be_read(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.cut_metrics(Progress(1))
    os.mkfifo(directory.metrics)
    caught = error_text(WriteError, directory.cut_metrics, Progress(1))
    assert caught == f"{directory.metrics}: is a pipe, not a file; name another, or move it away"
