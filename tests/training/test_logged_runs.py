"""Runs with event files: what TensorBoard reads of them is what metrics.jsonl says, once."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cnncli import files
from cnncli.errors import Interrupted
from cnncli.training.run import run
from cnncli.training.storage.checkpoint import Checkpoint
from tests.loggers.event_reading import accumulator, expected, read, values_of
from tests.training.recorded import lines_of, metrics, wait_for_another, written
from tests.training.silent import Silent
from tests.training.test_killed import CONFIG

pytestmark = pytest.mark.logs

LOG = "train.log=tensorboard"
ROLLBACK = "train.on_divergence={name: rollback, factor: 0.5, times: 3}"


def killed(session, step):
    """Ends the run after a step, with nothing saved and nothing cleared away, as a kill does."""

    class Killed(BaseException):
        pass

    def kill():
        raise Killed

    with pytest.raises(Killed):
        run(session, Silent(step, kill))
    session.close()


def event_files(folder):
    return sorted(path.name for path in folder.rglob("*tfevents*"))


def test_a_whole_run(open_session):
    began = time.time()
    session = open_session(LOG, "train.early_stopping={metric: train_loss, patience: 1, mode: max}")
    display = Silent()
    run(session, display)
    folder = session.directory.path
    assert {line["kind"] for line in lines_of(folder)} == {"step", "epoch", "stop", "test"}
    assert read(folder) == expected(folder)
    assert event_files(folder) == ["events.out.tfevents.00001.cnn"]
    found = accumulator(folder).Reload()
    times = [each.wall_time for tag in found.Tags()["scalars"] for each in found.Scalars(tag)]
    assert began <= min(times) <= max(times) <= time.time()
    assert display.warnings == []


def test_the_configuration_is_there_once(open_session):
    session = open_session(LOG)
    run(session, Silent(), max_steps=3)
    found = accumulator(session.directory.path).Reload()
    assert found.Tags()["tensors"] == ["configuration"]
    assert found.SummaryMetadata("configuration").plugin_data.plugin_name == "text"
    (each,) = found.Tensors("configuration")
    (text,) = each.tensor_proto.string_val
    lines = text.decode().splitlines()
    assert all(line.startswith("    ") for line in lines)  # which is code in Markdown
    assert "\n".join(line[4:] for line in lines) + "\n" == session.directory.config.read_text()


@pytest.mark.parametrize("stop", [3, 4, 7, 8, 14, 20])
def test_interrupted_and_resumed(open_session, stop):
    first = open_session(LOG)
    with pytest.raises(Interrupted):
        run(first, Silent(stop, lambda: os.kill(os.getpid(), signal.SIGTERM)))
    first.close()
    folder = first.directory.path
    before = read(folder)
    assert before == expected(folder)
    second = open_session(LOG, checkpoint=Checkpoint.load(first.directory.last))
    run(second, Silent())
    assert read(folder) == expected(folder)
    assert {*before} < {*read(folder)}
    names = ["events.out.tfevents.00001.cnn", "events.out.tfevents.00002.cnn"]
    assert event_files(folder) == names
    assert not (folder / names[0]).read_bytes()


@pytest.mark.parametrize("stop", [8, 10, 13, 16, 20])
def test_killed_behind_a_checkpoint(open_session, stop):
    """Events of steps that are lost are there, and those of the steps that take their place."""
    first = open_session(LOG, "train.log_every=1")
    killed(first, stop)
    folder = first.directory.path
    last = max(step for _, step, _ in read(folder))
    checkpoint = Checkpoint.load(first.directory.last)
    kept = checkpoint.progress.step
    assert kept - 1 < last == stop - 1
    assert read(folder) == expected(folder)
    before = times_of(folder)
    second = open_session(LOG, "train.log_every=1", checkpoint=checkpoint)
    began = time.time()
    run(second, Silent())
    assert read(folder) == expected(folder)
    for place, when in times_of(folder).items():
        assert when == before[place] if place[1] <= kept else when >= began


def times_of(folder):
    """When each value was written, by tag and step."""
    found = accumulator(folder).Reload()
    tags = found.Tags()["scalars"]
    return {(tag, each.step): each.wall_time for tag in tags for each in found.Scalars(tag)}


def test_who_reads_meanwhile(open_session):
    """A TensorBoard that has read steps that are lost has none of them twice."""
    first = open_session(LOG, "train.log_every=1")
    folder = first.directory.path
    killed(first, 10)
    reader = accumulator(folder).Reload()
    assert max(step for _, step, _ in values_of(reader)) == 9
    second = open_session(
        LOG, "train.log_every=1", checkpoint=Checkpoint.load(first.directory.last)
    )
    display = Silent(2, lambda: reader.Reload())
    run(second, display)
    assert values_of(reader.Reload()) == expected(folder)


def test_gone_back_after_a_divergence(open_session):
    session = open_session(LOG, ROLLBACK, "train.log_every=1")
    display = Silent(12)
    display.action = lambda: session.engine.parameters.views["conv1.W"].fill(float("nan"))
    run(session, display)
    assert "going back to step 7" in display.warnings[0]
    folder = session.directory.path
    assert read(folder) == expected(folder)
    assert {tag for tag, _, value in read(folder) if value == 1.0} >= {"step/rollbacks"}


def test_a_logger_that_comes_later(open_session):
    first = open_session("train.log_every=1")
    run(first, Silent(), max_steps=10)
    first.close()
    folder = first.directory.path
    assert event_files(folder) == []
    second = open_session(
        LOG, "train.log_every=1", checkpoint=Checkpoint.load(first.directory.last)
    )
    run(second, Silent())
    assert min(step for _, step, _ in read(folder)) == 1
    assert read(folder) == expected(folder)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_fails(open_session, monkeypatch, fault):
    """For a while, and the event file alone: the run ends well; resumed, everything is there."""
    session = open_session(LOG, "train.log_every=1")
    folder = session.directory.path

    def failing(path, *arguments, **options):
        if "tfevents" in str(path):
            raise OSError(fault, os.strerror(fault))
        return open(path, *arguments, **options)

    display = Silent(4, lambda: monkeypatch.setattr(files, "open", failing, raising=False))
    run(session, display, max_steps=10)
    session.close()
    assert display.warnings == [
        "warning: train.log: tensorboard has failed, and logs nothing until the run is resumed; "
        f"the run goes on: {folder}/events.out.tfevents.00001.cnn: could not be written: "
        f"{os.strerror(fault)}"
    ]
    assert max(step for _, step, _ in read(folder)) == 3
    monkeypatch.undo()
    checkpoint = Checkpoint.load(session.directory.last)
    run(open_session(LOG, "train.log_every=1", checkpoint=checkpoint), Silent())
    assert read(folder) == expected(folder)


def test_a_file_that_cannot_be_written(open_session):
    """Somebody puts a directory in its place; resumed without that, everything is there."""
    session = open_session(LOG, "train.log_every=1")
    folder = session.directory.path
    file = folder / "events.out.tfevents.00001.cnn"

    def replace():
        file.unlink()
        file.mkdir()

    display = Silent(4, replace)
    run(session, display, max_steps=10)
    session.close()
    assert display.warnings == [
        "warning: train.log: tensorboard has failed, and logs nothing until the run is resumed; "
        f"the run goes on: {file}: is a directory, not a file; name another, or move it away"
    ]
    checkpoint = Checkpoint.load(session.directory.last)
    file.rmdir()
    second = open_session(LOG, "train.log_every=1", checkpoint=checkpoint)
    run(second, Silent())
    assert read(folder) == expected(folder)


@pytest.mark.parametrize("damage", ["cut", "garbage", "nothing"])
def test_a_damaged_file_is_written_anew(open_session, damage):
    first = open_session(LOG)
    run(first, Silent(), max_steps=10)
    first.close()
    folder = first.directory.path
    file = folder / "events.out.tfevents.00001.cnn"
    content = file.read_bytes()
    file.write_bytes({"cut": content[:-7], "garbage": b"\xff" * 99, "nothing": b""}[damage])
    second = open_session(LOG, checkpoint=Checkpoint.load(first.directory.last))
    display = Silent()
    run(second, display)
    assert read(folder) == expected(folder)
    assert display.warnings == []


def test_files_of_others_stay(open_session):
    session = open_session(LOG)
    other = session.directory.path / "events.out.tfevents.1700000000.host.1.0"
    other.write_bytes(b"")
    run(session, Silent(), max_steps=3)
    assert other.exists()


def test_the_same_bits(open_session):
    """As without a logger."""
    found = []
    for out, log in (("with", LOG), ("without", "train.log=[]")):
        session = open_session(log, "train.threads=2", out=out)
        run(session, Silent())
        session.close()
        folder = session.directory.path
        arrays = Checkpoint.load(session.directory.last).arrays
        found.append((metrics(folder), {name: each.tobytes() for name, each in arrays.items()}))
    assert found[0] == found[1]


def test_killed_at_any_moment(tmp_path):
    config, folder = tmp_path / "killed.yaml", tmp_path / "run"
    config.write_text(CONFIG.replace("THREADS", "1"))
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", folder, "--quiet"]
    command += ["--set", LOG, "--set", "train.log_every=1"]
    draw, last = random.Random(4), folder / "last.safetensors"
    for attempt in range(4):
        resume, before = ["--resume"] if attempt else [], written(last)
        process = subprocess.Popen([*command, *resume], stderr=subprocess.PIPE, text=True)
        try:
            wait_for_another(last, before)
            time.sleep(draw.uniform(0, 0.03))
        finally:
            process.kill()
        assert process.communicate()[1] == ""
        copy = tmp_path / f"copy-{attempt}"  # as whoever looks at it then
        shutil.copytree(folder, copy)
        tags_and_steps = [place[:2] for place in read(copy)]
        assert len(tags_and_steps) == len({*tags_and_steps})
    step = Checkpoint.load(last).progress.step
    subprocess.run(
        [*command, "--max-steps", str(step + 3), "--resume"], check=True, capture_output=True
    )
    assert len(event_files(folder)) == 2
    assert read(folder) == expected(folder)
