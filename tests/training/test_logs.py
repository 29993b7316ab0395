"""Loggers in a run: each line comes once, and one that fails ends nothing."""

import errno
import os
import signal
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from cnncli.engine.parallel.world import ALONE, Alone, within
from cnncli.errors import Interrupted, WriteError
from cnncli.loggers.logger import Logger, Logs
from cnncli.training.run import run
from cnncli.training.state import Progress
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.ranks_directory import RanksDirectory
from tests.training.recorded import lines_of
from tests.training.silent import Silent


@dataclass(frozen=True)
class Notes(Logger):
    """A logger that remembers what it was given, and fails at some calls."""

    name: ClassVar[str] = "notes"

    faults: dict[int, Exception] = field(default_factory=dict)
    """By the number of the call, from 1."""
    calls: list[str] = field(default_factory=list)
    lines: list[dict] = field(default_factory=list)

    def open(self, run, config, lines):
        self.call("open")
        self.lines[:] = lines
        return self.take

    def take(self, line):
        self.call("take")
        self.lines.append(line)

    def call(self, what):
        self.calls.append(what)
        if fault := self.faults.get(len(self.calls)):
            raise fault


class Other(Notes):
    """Another one."""

    name = "other"


def logged(session, *loggers):
    """The session with these loggers."""
    spec = session.spec
    session.spec = replace(spec, train=replace(spec.train, log=loggers))
    return session


def warning(reason):
    return (
        "warning: train.log: notes has failed, and logs nothing until the run is resumed; the run "
        f"goes on: {reason}"
    )


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FAULTS = {
    "a bug": (KeyError("step"), "KeyError: 'step'"),
    "a full disk": (FULL, "OSError: [Errno 28] No space left on device"),
    "what is not ours": (WriteError("run/x: could not be written: denied"),
                         "run/x: could not be written: denied"),
    "what a terminal may obey": (ValueError("\x1b[2J\nno"), "ValueError: ?[2J?no"),
    "no memory": (MemoryError(), "MemoryError"),
}  # fmt: skip


def test_each_line_comes_once(open_session):
    notes, display = Notes(), Silent()
    session = logged(open_session(), notes)
    run(session, display)
    assert notes.lines == lines_of(session.directory.path)
    assert [line["kind"] for line in notes.lines].count("epoch") == 3
    assert notes.lines[-1]["kind"] == "test"
    assert notes.calls.count("open") == 1
    assert display.warnings == []


@pytest.mark.parametrize("call", [1, 2, 5])
@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_one_that_fails_ends_nothing(open_session, call, fault, reason):
    """It is silent from then on, after one warning, and another one goes on."""
    notes, other, display = Notes({call: fault}), Other(), Silent()
    session = logged(open_session(), notes, other)
    run(session, display)
    assert display.warnings == [warning(reason)]
    assert len(notes.calls) == call
    assert other.lines == lines_of(session.directory.path)
    assert Checkpoint.load(session.directory.last).progress.finished


def test_one_that_has_failed_begins_no_more_after_a_rollback(open_session):
    notes, display = Notes({3: FULL}), Silent(9)
    rollback = "train.on_divergence={name: rollback, factor: 0.5, times: 3}"
    session = logged(open_session(rollback), notes)
    display.action = lambda: session.engine.parameters.views["conv1.W"].fill(float("nan"))
    run(session, display)
    assert len(display.warnings) == 2
    assert "going back to step 7" in display.warnings[1]
    assert notes.calls == ["open", "take", "take"]


def test_after_a_rollback_it_begins_with_the_lines_that_stay(open_session):
    notes, display = Notes(), Silent(13)
    rollback = "train.on_divergence={name: rollback, factor: 0.5, times: 3}"
    session = logged(open_session(rollback), notes)
    display.action = lambda: session.engine.parameters.views["conv1.W"].fill(float("nan"))
    run(session, display)
    assert "going back to step 7" in display.warnings[0]
    assert notes.calls.count("open") == 2
    assert notes.lines == lines_of(session.directory.path)


@pytest.mark.parametrize("stop", [1, 7, 8, 14, 20])
def test_a_resumed_run_begins_with_the_lines_that_stay(open_session, stop):
    first = logged(open_session(), Notes())
    with pytest.raises(Interrupted):
        run(first, Silent(stop, lambda: os.kill(os.getpid(), signal.SIGTERM)))
    first.close()
    notes = Notes()
    second = logged(open_session(checkpoint=Checkpoint.load(first.directory.last)), notes)
    run(second, Silent())
    assert notes.lines == lines_of(second.directory.path)
    assert notes.calls.count("open") == 1


class Second(Alone):
    """Of two ranks the second: the first does what it alone does, and this one hears of it."""

    rank, size = 1, 2

    def first(self, work):
        return None


@pytest.mark.parametrize(("world", "calls"), [(ALONE, ["open", "take"]), (Second(), [])])
def test_of_several_ranks_the_first_logs(tmp_path, world, calls):
    notes = Notes()
    directory = RanksDirectory(tmp_path)
    directory.logs = Logs([notes], tmp_path, "", print)
    with within(world):
        directory.cut_metrics(Progress())
        directory.record({"kind": "step", "step": 1})
    assert notes.calls == calls
