"""`refused(status, command, ...)`: what a command says of a broken input, within the bounds."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

MOST_SECONDS = 2
"""Of the processor. One is promised; a build server may be half as fast."""
MOST_MEBIBYTES = 512


@pytest.fixture(scope="session")
def measured(tmp_path_factory):
    """measured(command, ...): status, seconds, mebibytes and text of a command."""
    if sys.platform != "linux":
        pytest.skip("the measures are Linux's")
    script = Path(__file__).parent / "forked.py"
    output = tmp_path_factory.mktemp("forked") / "output"
    with subprocess.Popen(
        [sys.executable, script, output], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def run(*arguments):
            process.stdin.write(json.dumps([str(argument) for argument in arguments]) + "\n")
            process.stdin.flush()
            return SimpleNamespace(**json.loads(process.stdout.readline()))

        run("--version")
        yield run
        process.stdin.close()


@pytest.fixture(scope="session")
def refused(measured):
    """The text of a command that must end with the status, in the time and memory it may take."""

    def run(status, *arguments):
        result = measured(*arguments)
        assert result.status == status, result.text
        assert result.seconds < MOST_SECONDS, result.text
        assert result.mebibytes < MOST_MEBIBYTES, result.text
        assert "Traceback" not in result.text
        return result.text

    return run


@pytest.fixture
def said(refused, tmp_path):
    """What `cnn data info` says of the set in tmp_path; one line."""

    def run(name, root="."):
        config = tmp_path / "c.yaml"
        config.write_text(f"data: {{name: {name}, root: {root}}}\narchitecture: INPUT-FC\n")
        (line,) = refused(3, "data", "info", config).splitlines()
        return line.removeprefix(f"{tmp_path}/") if root != tmp_path else line

    return run
