"""Event files by themselves: nothing is started or loaded that a run could do without."""

import os
import subprocess
import sys

import pytest

from cnncli.errors import WriteError
from cnncli.loggers import event_files
from cnncli.loggers.event_files import TensorBoard
from tests.loggers.event_reading import accumulator, read
from tests.messages import error_text

pytestmark = pytest.mark.logs

ALONE = """
import sys, threading
from pathlib import Path
from cnncli.loggers.event_files import TensorBoard
logger = TensorBoard()
logger.check()
take = logger.open(Path(sys.argv[1]), "name: x\\n", [])
take({"kind": "step", "epoch": 1, "step": 3, "loss": 0.5})
assert threading.active_count() == 1
unwanted = {"tensorflow", "grpc", "torch", "werkzeug"} & {*sys.modules}
sys.exit(", ".join(unwanted) or 0)
"""


def test_nothing_else_is_loaded(tmp_path):
    """TensorFlow, where it is installed, takes seconds; a thread would keep a run from forking."""
    subprocess.run([sys.executable, "-c", ALONE, tmp_path], check=True)
    assert read(tmp_path) == [("step/loss", 3, 0.5)]


def test_numbers_that_are_too_large_for_single_precision(tmp_path):
    take = TensorBoard().open(tmp_path, "", [])
    take({"kind": "step", "step": 1, "loss": 1e300, "accuracy": 1e-300, "lr": 0})
    assert read(tmp_path) == [
        ("step/accuracy", 1, 0.0),
        ("step/loss", 1, float("inf")),
        ("step/lr", 1, 0.0),
    ]


def test_what_is_no_number_is_left_out(tmp_path):
    line = {"kind": "stop", "epoch": 2, "step": 8, "metric": "loss", "best": 1.5}
    TensorBoard().open(tmp_path, "", [line | {"best_epoch": None, "is_over": True}])
    assert read(tmp_path) == [("stop/best", 8, 1.5)]


STEP = {"kind": "step", "step": 3, "loss": 0.5}


@pytest.mark.parametrize(("bound", "is_kept"), [(event_files.MAX_EVENT_FILE, True), (10, False)])
def test_times_are_those_of_a_former_file(tmp_path, monkeypatch, bound, is_kept):
    """If it is not too large to be read."""
    TensorBoard().open(tmp_path, "", [])(STEP)
    (before,) = accumulator(tmp_path).Reload().Scalars("step/loss")
    monkeypatch.setattr(event_files, "MAX_EVENT_FILE", bound)
    TensorBoard().open(tmp_path, "", [STEP])
    (after,) = accumulator(tmp_path).Reload().Scalars("step/loss")
    assert (after.wall_time == before.wall_time) == is_kept


def test_nobody_waits_for_a_pipe(tmp_path):
    """It is refused, after the file that is new was written."""
    pipe = tmp_path / "events.out.tfevents.00001.cnn"
    os.mkfifo(pipe)
    text = error_text(WriteError, TensorBoard().open, tmp_path, "", [STEP])
    assert text == f"{pipe}: is a pipe, not a file; name another, or move it away"
    pipe.unlink()
    assert read(tmp_path) == [("step/loss", 3, 0.5)]
