"""Numbers that nobody means, in every option of every command that takes one."""

import click
import pytest

from cnncli.cli.main import COMMANDS, cli
from tests.cli.commands import call, write_config

NUMBERS = ("0", "-1", "1", "2147483648", "9223372036854775808", "1" + 30 * "0", "nan", "1e308", "")
NOT_NUMBERS = (click.Path, click.Choice)


def options():
    """(command, option) of all that take a value which is no path and no choice."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        for path, each in [((name,), command)] + [
            ((name, sub), one) for sub, one in getattr(command, "commands", {}).items()
        ]:
            for parameter in each.params:
                takes_text = isinstance(parameter, click.Option) and not parameter.is_flag
                if takes_text and not isinstance(parameter.type, NOT_NUMBERS):
                    yield path, max(parameter.opts, key=len)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A configuration and a run of it."""
    folder = tmp_path_factory.mktemp("numbers")
    config = write_config(folder)
    done = call("train", config, "--out", folder / "run", "--max-steps", 1, "--quiet")
    assert done.exit_code == 0, done.stderr
    return config, folder / "run"


@pytest.mark.parametrize(("path", "option"), list(options()), ids=str)
def test_every_number_ends_with_a_line(path, option, run, tmp_path, monkeypatch):
    """Where it can be followed it is, and else it is refused, by a message of a few lines."""
    monkeypatch.chdir(tmp_path)
    config, directory = run
    given = {
        ("train",): [config, "--smoke", "--threads", 1],
        ("eval",): [directory],
        ("verify-resume",): [config, "--no-download"],
        ("diff",): [config, config],
        ("convert",): [config, "--fc-to-conv"],
        ("time",): [config, "--steps", 1],
    }.get(path, [config])
    numbers = NUMBERS if option != "--steps" else ("0", "-1", "1", "nan", "1e308", "")
    for number in numbers:  # so many steps would be timed, in honest work
        result = call(*path, *given, option, number)
        told = result.stderr
        assert result.exit_code in (0, 1, 2, 3, 4), (number, told)
        assert "Traceback" not in told
        if result.exit_code:
            assert 0 < len(told) < 4000, number
