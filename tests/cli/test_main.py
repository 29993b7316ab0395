"""The group, its lazy commands and the error boundary."""

import errno
import os
import re
import signal
import subprocess
import sys

import click
import pytest

from cnncli import __version__, errors
from cnncli.cli import main
from cnncli.cli.main import cli
from tests.cli.commands import call, refusal


@pytest.fixture
def failing(monkeypatch):
    """Makes `cnn shapes` raise what it is given."""

    def install(error: BaseException):
        @click.command()
        def shapes():
            raise error

        monkeypatch.setattr("cnncli.cli.shapes.shapes", shapes)

    return install


def test_version():
    result = call("--version")
    assert (result.exit_code, result.stdout) == (0, f"cnn {__version__}\n")


@pytest.mark.parametrize("arguments", [("-h",), ("shapes", "-h"), ("shapes", "--help")])
def test_help_everywhere(arguments):
    result = call(*arguments)
    assert result.exit_code == 0
    assert "-h, --help" in result.stdout
    assert "--debug" in result.stdout
    assert re.search(r"cnn shapes (configs/)?vgg16", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shapez",), "No such command 'shapez'. Did you mean 'shapes'?\n"),
        (("trian", "configs/notes.yaml"), "No such command 'trian'. Did you mean 'train'?\n"),
        (("verify_resume",), "No such command 'verify_resume'. Did you mean 'verify-resume'?\n"),
        (("data", "ferch"), "No such command 'ferch'. Did you mean 'fetch'?\n"),
        (("quux",), "No such command 'quux'.\n"),
        (
            ("train", "--epohcs", "3"),
            "No such option '--epohcs'. (Did you mean one of: '--epochs', '--report'?)\n",
        ),
        (("shapes", "--bach", "3"), "No such option"),
        (("shapes", "--batch", "0"), "0 is not in the range x>=1"),
    ],
)
def test_wrong_usage(arguments, message):
    assert message in refusal(*arguments, status=2)


@pytest.mark.parametrize(("arguments", "heading"), [((), "Check"), (("data",), "Commands")])
def test_a_group_alone_shows_its_help(arguments, heading):
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Usage: {' '.join(('cli', *arguments))} [OPTIONS] COMMAND")
    assert f"\n\n{heading}:\n" in result.stderr


def test_the_help_lists_every_command_once_by_what_it_is_for():
    shown = {}
    for paragraph in call("-h").stdout.split("\n\n"):
        heading, *lines = paragraph.splitlines()
        shown[heading] = [line.split()[0] for line in lines]
    groups = ["Check:", "Train:", "Use:", "Data:", "Machine:"]
    assert list(shown)[-5:] == groups
    assert all(shown[group] for group in groups)
    assert [name for group in groups for name in shown[group]] == list(main.COMMANDS)


def test_warnings_of_libraries_are_not_shown():
    """Those of the command are its own lines; tests turn Python's into errors."""
    code = (
        "import warnings; from cnncli import __main__; from cnncli.cli import main; "
        "main.cli = lambda prog_name: warnings.warn('overflow', RuntimeWarning); __main__.main()"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert result.stderr == ""
    command.insert(1, "-Wdefault")
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "RuntimeWarning: overflow" in result.stderr


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.TargetMissed("accuracy 0.5 is below 0.9"), 1),
        (errors.UsageError("no"), 2),
        (errors.DataError("no such file"), 3),
        (errors.CheckpointError("damaged"), 4),
        (errors.DivergedError("loss is NaN"), 5),
        (errors.WriteError("disk full"), 6),
        (errors.Interrupted("saved", signal.SIGTERM), 143),
    ],
)
def test_an_error_of_the_user_is_its_message_and_its_status(failing, error, status):
    failing(error)
    result = call("shapes")
    assert (result.exit_code, result.stderr, result.stdout) == (status, f"{error}\n", "")


def test_an_interrupt(failing):
    failing(KeyboardInterrupt())
    result = call("shapes")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


INTERNAL = (
    "internal error: ValueError: first second; "
    "this is a bug in cnn, and `cnn --debug` shows where\n"
)


def test_an_error_of_ours(failing):
    failing(ValueError("first\nsecond"))
    result = call("shapes")
    assert (result.exit_code, result.stderr) == (70, INTERNAL)


@pytest.mark.parametrize("arguments", [("--debug", "shapes"), ("shapes", "--debug")])
def test_the_traceback_with_debug(failing, arguments):
    failing(ValueError("first\nsecond"))
    result = call(*arguments)
    assert result.exit_code == 70
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert result.stderr.endswith(INTERNAL)


def test_memory_that_is_not_there(failing):
    failing(MemoryError("Unable to allocate 9 GiB"))
    result = call("shapes")
    assert result.exit_code == 2
    assert result.stderr == (
        "not enough memory: Unable to allocate 9 GiB.\n"
        "A smaller train.batch_size takes less; `cnn shapes --batch N` reports how much.\n"
    )


@pytest.mark.parametrize(
    ("number", "status", "message"),
    [
        (errno.ENAMETOOLONG, 2, "x: cannot be used: File name too long; name another path\n"),
        (
            errno.ELOOP,
            2,
            "x: cannot be used: Too many levels of symbolic links; name another path\n",
        ),
        (errno.ENOTDIR, 2, "x: cannot be used: Not a directory; name another path\n"),
        (errno.EACCES, 2, "x: cannot be used: Permission denied; name another path\n"),
        (errno.ENOSPC, 6, "x: could not be written: No space left on device\n"),
    ],
)
def test_a_path_that_nobody_has_judged(failing, number, status, message):
    failing(OSError(number, os.strerror(number), "x"))
    result = call("shapes")
    assert (result.exit_code, result.stderr) == (status, message)


def test_other_errors_of_the_system_are_ours(failing):
    failing(OSError(errno.ENOENT, "No such file"))
    assert call("shapes").exit_code == 70


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "cnncli", "shapez"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stderr.startswith("Usage: cnn [OPTIONS] COMMAND")


def test_commands_are_imported_when_they_are_called():
    code = (
        "import sys, cnncli.cli.main; "
        "sys.exit(any(m.startswith(('cnncli.config', 'cnncli.cli.shapes')) for m in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_every_command_has_a_name_a_help_and_an_example():
    context = click.Context(cli)
    for name in main.COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert f"cnn {name} " in (command.help or "")
