"""Signals at any moment from the first line on: one line, the right status, never a traceback."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cnncli.cli import interrupts
from cnncli.cli.main import cli
from tests.cli.commands import write_config

CONFIGS = Path(__file__).parents[2] / "configs"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AT_CALL = """
import os, signal, sys
moment, number, told = (int(sys.argv.pop(1)) for _ in range(3))
calls, process, is_caught = 0, os.getpid(), False
def count(frame, event, argument):
    global calls, is_caught
    is_caught = is_caught or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    if is_caught and process == os.getpid():
        calls += 1
        if calls == moment:
            os.kill(process, number)
sys.argv[0] = "cnn"
sys.setprofile(count)
try:
    from cnncli.__main__ import main
    main()
finally:
    sys.setprofile(None)
    os.write(told, str(calls).encode())
"""
"""The program, which sends itself a signal at the so-and-so-many-th call of a function."""


def run_until(moment, number, *command, ignored=()):
    """The process when it has ended, and how many calls it made."""
    reader, writer = os.pipe()

    def prepare():
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN if each in ignored else signal.SIG_DFL)

    arguments = [str(part) for part in (moment, int(number), writer, *command)]
    result = subprocess.run(
        [sys.executable, "-c", AT_CALL, *arguments],
        capture_output=True, text=True, timeout=120, pass_fds=[writer], preexec_fn=prepare,
    )  # fmt: skip
    os.close(writer)
    calls = int(os.read(reader, 20) or 0)
    os.close(reader)
    return result, calls


def interrupt_often(times, command):
    """The signal at so many moments, evenly from the first call to the last; how often it ended."""
    whole, calls = run_until(0, 0, *command(0))
    assert whole.returncode == 0, whole.stderr
    assert calls > 10_000
    ended = 0
    for i in range(1, times + 1):
        number = SIGNALS[i % 3]
        result, _ = run_until(1 + (i - 1) * calls // times, number, *command(i))
        assert "Traceback" not in result.stderr, (i, result.stderr)
        assert "ignored" not in result.stderr, (i, result.stderr)
        if result.returncode:
            assert result.returncode == 128 + number, (i, result)
            *_, last = result.stderr.splitlines()
            assert last.startswith("interrupted"), (i, result.stderr)
            assert result.stderr.count("interrupted") == 1
            ended += 1
        else:  # the program was about to end
            assert "interrupted" not in result.stderr
    return ended


def shapes(attempt):
    return ("shapes", CONFIGS / "digits.yaml")


def info(attempt):
    return ("info",)


def test_some_moments_of_a_command():
    assert interrupt_often(6, shapes) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("command", [shapes, info])
def test_many_moments_of_a_command(command):
    assert interrupt_often(70, command) >= 65


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_many_moments_of_a_run(tmp_path, threads):
    config = write_config(tmp_path)

    def train(attempt):
        return ("train", config, "--out", tmp_path / f"run{attempt}", "--threads", threads)

    assert interrupt_often(70, train) >= 60


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_is_ignored_stays_so(number):
    for moment in (1, 20_000):
        result, _ = run_until(moment, number, *shapes(0), ignored=[number])
        assert result.returncode == 0
        assert result.stderr == ""


def test_a_signal_that_is_raised_where_nothing_can_be():
    """In a function for weak references Python prints what is raised, and goes on."""
    code = (
        "import os, signal, weakref\n"
        "from cnncli.cli import interrupts\n"
        "class Thing: pass\n"
        "thing = Thing()\n"
        "interrupts.catch_signals()\n"
        "with interrupts.RaisedSignals():\n"
        "    seen = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM))\n"
        "    del thing\n"
        "    while True: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (143, "interrupted\n")


def test_a_program_around_ours_keeps_its_signals():
    before = [signal.getsignal(number) for number in SIGNALS]
    interrupts.ignore_signals()
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("entry", ["cli", "main"])
def test_another_thread_than_the_main_one(tmp_path, entry):
    code = (
        "import sys, threading\n"
        "from cnncli.__main__ import main\n"
        "from cnncli.cli.main import cli\n"
        "def work():\n"
        "    try: cli(sys.argv[1:]) if entry == 'cli' else main()\n"
        "    except SystemExit as end: ended.append(end.code)\n"
        "ended, entry = [], sys.argv.pop(1)\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start(), thread.join()\n"
        "assert ended == [0], ended\n"
    )
    command = ["train", str(write_config(tmp_path)), "--out", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "-c", code, entry, *command], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "saved in" in done.stderr


def test_a_command_in_a_thread_without_the_program():
    ended = []
    thread = threading.Thread(
        target=lambda: ended.append(cli(["data", "list"], standalone_mode=False))
    )
    thread.start()
    thread.join()
    assert ended == [None]
