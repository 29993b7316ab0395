"""What a run says on standard error, with and without a terminal."""

import io
from types import SimpleNamespace

import pytest

from cnncli.report.progress import Progress, duration

EPOCH = {
    "epoch": 2,
    "train_loss": 0.25,
    "train_accuracy": 0.9,
    "seconds": 3.21,
    "images_per_second": 15432.1,
}
EPOCH_LINE = "epoch 2/5: loss 0.2500, training accuracy 0.9000; 3.2 s, 15,432 images/s\n"
SUMS = SimpleNamespace(images=64, loss=32.0, correct=48, seconds=0.004)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("cnncli.report.progress.sys", SimpleNamespace(stderr=stream))
    return stream


def go(progress):
    """A run of two steps and one epoch, with a message in between."""
    progress.start(10, 3)
    for step in (4, 5):
        progress.step(step, SUMS)
    progress.say("a message")
    progress.epoch(EPOCH, 5)
    progress.warn("a warning")
    progress.close()


def test_without_a_terminal_there_are_only_lines(capsys):
    progress = Progress()
    assert not progress.has_bar
    go(progress)
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"a message\n{EPOCH_LINE}a warning\n")


def test_quiet_says_nothing_but_warnings(terminal):
    progress = Progress(quiet=True)
    assert not progress.has_bar
    go(progress)
    assert terminal.getvalue() == "a warning\n"


def test_the_bar_can_be_left_out(terminal):
    progress = Progress(bar=False)
    assert not progress.has_bar
    go(progress)
    assert terminal.getvalue() == f"a message\n{EPOCH_LINE}a warning\n"


def test_the_bar_goes_on_where_the_run_stood_and_lines_stand_above_it(terminal):
    progress = Progress()
    assert progress.has_bar
    go(progress)
    lines = terminal.getvalue().replace("\r", "\n").splitlines(keepends=True)
    assert [line for line in lines if line in ("a message\n", EPOCH_LINE, "a warning\n")] == [
        "a message\n", EPOCH_LINE, "a warning\n",
    ]  # fmt: skip
    assert "| 3/10 00:00<?" in lines[1]
    assert "| 5/10 00:00<" in lines[-1]
    assert "loss 0.500, training accuracy 0.750, 16,000 img/s" in lines[-1]


@pytest.mark.parametrize(
    ("total", "elapsed", "seconds"),
    [(1_200, 100, 0.004), (9_999, 3_599, 0.004), (99_999, 9 * 3600, 0.07)],
)
def test_the_bar_fits_into_80_columns(monkeypatch, terminal, total, elapsed, seconds):
    """Up to 99,999 steps in nine hours: a bar is left, and no word is cut off."""
    monkeypatch.setenv("COLUMNS", "80")
    progress = Progress()
    progress.start(total, 0)
    progress._bar.dynamic_ncols, progress._bar.ncols = None, 80
    progress._bar.start_t -= elapsed
    sums = SimpleNamespace(images=64, loss=32.0, correct=48, seconds=seconds)
    progress.step(total // 2, sums)
    progress._bar.refresh()
    line = terminal.getvalue().split("\r")[-1]
    assert len(line) <= 80
    speed = f"{64 / seconds:,.0f} img/s"
    assert line.endswith(f", loss 0.500, training accuracy 0.750, {speed}")
    assert len(line.split("|")[1]) >= 1


def test_an_epoch_with_validation(capsys):
    held_out = {"validation_loss": 0.5, "validation_accuracy": 0.75}
    Progress().epoch(EPOCH | held_out, 5)
    assert capsys.readouterr().err == (
        "epoch 2/5: loss 0.2500, training accuracy 0.9000; validation loss 0.5000, "
        "accuracy 0.7500; 3.2 s, 15,432 images/s\n"
    )


def test_closing_twice(terminal):
    progress = Progress()
    progress.start(2, 0)
    progress.close()
    before = terminal.getvalue()
    progress.close()
    progress.step(4, SUMS)
    assert terminal.getvalue() == before


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (42.4, "42 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_the_bar_goes_back(terminal):
    progress = Progress()
    progress.start(10, 0)
    for step in (1, 2, 3, 2, 3, 4):
        progress.step(step, SUMS)
    assert progress._bar.n == 4
    progress.close()
    assert " 4/10 " in terminal.getvalue().split("\r")[-1]
