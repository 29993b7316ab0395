"""`refused(status, command, ...)`: what a command says of a broken input, within the bounds."""

import json
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.calibration import MOST

MOST_MEBIBYTES = 512


@pytest.fixture(scope="session")
def most_seconds(calibration):
    """What a command may take of the processor; the system ends it at twice as much."""
    return MOST * calibration


@pytest.fixture(scope="session")
def measured(tmp_path_factory, most_seconds):
    """measured(command, ...): status, seconds, mebibytes and text of a command.

    With `at_least`, it is repeated until it has taken so many seconds.
    """
    if sys.platform != "linux":
        pytest.skip("the measures are Linux's")
    script = Path(__file__).parent / "forked.py"
    output = tmp_path_factory.mktemp("forked") / "output"
    command = [sys.executable, script, output, str(math.ceil(2 * most_seconds))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def run(*arguments, at_least=0):
            request = [str(argument) for argument in arguments], at_least
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return SimpleNamespace(**json.loads(process.stdout.readline()))

        run("--version")
        yield run
        process.stdin.close()


@pytest.fixture(scope="session")
def refused(measured, most_seconds):
    """The text of a command that must end with the status, in the time and memory it may take."""

    def run(status, *arguments, at_least=0):
        result = measured(*arguments, at_least=at_least)
        text = result.text[:1_000]
        over = f"{result.seconds:.2f} s are over {most_seconds:.2f} s"
        assert result.seconds < most_seconds, f"{over}: {text}"
        assert result.status == status, text
        assert result.mebibytes < MOST_MEBIBYTES, text
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
