"""README.md tells the truth: its generated parts are current, and its commands run."""

import re
import shlex
import shutil
import subprocess
import sys

import readme

from cnncli import errors
from cnncli.cli.main import COMMANDS

TEXT = readme.README.read_text()
BLOCKS = "".join(re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
COMMANDS_SHOWN = re.findall(r"^(cnn .+?)(?:  +#.*)?$", BLOCKS, re.MULTILINE)


def test_generated_parts_are_current(monkeypatch):
    monkeypatch.chdir(readme.ROOT)
    assert "<!-- generated: reference -->" in TEXT
    assert readme.render(TEXT) == TEXT, "run `make readme`"


def test_every_command_is_shown():
    shown = {command.split()[1] for command in COMMANDS_SHOWN}
    assert shown >= set(COMMANDS)


def test_every_exit_status_is_listed():
    statuses = {e.exit_status for e in vars(errors).values() if hasattr(e, "exit_status")}
    for status in statuses | {0, 129, 130, 143}:
        assert re.search(rf"^\| (.*/ )?{status}( /.*)? \|", TEXT, re.MULTILINE), status


def test_the_commands_run(tmp_path, monkeypatch):
    """In order, in a folder with configs/ and data/digits/; training ends after a few steps."""
    shutil.copytree(readme.ROOT / "configs", tmp_path / "configs")
    shutil.copytree(readme.ROOT / "data" / "digits", tmp_path / "data" / "digits")
    monkeypatch.delenv("CNN_DATA", raising=False)
    assert len(COMMANDS_SHOWN) >= 8
    for command in COMMANDS_SHOWN:
        arguments = shlex.split(command)[1:]
        if arguments[0] == "train" and "--smoke" not in arguments:
            arguments += ["--max-steps", "3", "--no-download"]
        process = [sys.executable, "-m", "cnncli", *arguments]
        result = subprocess.run(process, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, (command, result.stderr)
