"""Standard streams in every state: the status is right, and a failure is one line."""

import codecs
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnncli.cli import main
from tests.cli.commands import DATA, write_config
from tests.cli.forks import break_pipe, close, fill, forbid_writing, run_program

CONFIGS = Path(__file__).parents[2] / "configs"
SUBCOMMANDS = ("data list", "data fetch", "data verify", "data info")
COMMANDS = [
    "-h", "--version", *(f"{name} -h" for name in (*main.COMMANDS, *SUBCOMMANDS)),
    "shapes tiny.yaml", "shapes tiny.yaml --json", "shapes tiny.yaml --explain fc1",
    "shapes broken.yaml --format github", "graph tiny.yaml", "diff tiny.yaml other.yaml", "info",
    "data list", "data info digits", "data verify digits", "time tiny.yaml --steps 1 --forward",
    "eval run", "convert tiny.yaml --fc-to-conv --out new.yaml", "train tiny.yaml --preview",
    "train tiny.yaml --max-steps 1 --out new --threads 1",
]  # fmt: skip
QUICK = [command for command in COMMANDS if "time " not in command]
"""All that do not measure the machine first."""
WRONG = ["shapez", "shapes --bach 3", "shapes tiny.yaml --batch 0", "shapes nowhere.yaml", "data"]
IN_WORDS = [
    "shapes {}.yaml", "time {}.yaml --steps 1 --batch 2", "diff {}.yaml tiny.yaml",
    "convert {}.yaml --fc-to-conv --out {}new.yaml", "shapes {}.yml", "train {}.yml", "shapez{}",
    "shapes --{}", "data info {}", "eval {}", "convert {}.yml --fc-to-conv --out {}.x",
]  # fmt: skip
FULL = "standard output: could not be written: No space left on device\n"


@pytest.fixture
def program(tmp_path, trained):
    """Runs a command where tiny.yaml and its trained run are."""
    write_config(tmp_path)
    (tmp_path / "other.yaml").write_text("architecture: INPUT(8x8x1)-FC-10\n")
    (tmp_path / "broken.yaml").write_text("architecture: INPUT(8x8x1)-FCC-10\n")
    (tmp_path / "run").symlink_to(trained.out)

    def run(command, *states, encoding="utf-8"):
        def prepare():
            os.chdir(tmp_path)
            os.environ["CNN_DATA"] = str(DATA)
            for change, number in states:
                change(number)

        return run_program(*command.split(), prepare=prepare, encoding=encoding)

    return run


def usual_status(command):
    return 2 if "broken" in command else 0


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_output_that_takes_nothing(program, command):
    full = program(command, (fill, 1))
    assert full.status == 6, full
    assert full.err.endswith(FULL)
    assert full.err.count("could not be written") == 1
    both = program(command.replace(" new", " newer"), (fill, 1), (fill, 2))
    assert (both.status, both.err) == (6, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_that_nobody_reads(program, command):
    ended = program(command, (break_pipe, 1))
    assert ended.status == 141
    assert "rror" not in ended.err
    both = program(command.replace(" new", " newer"), (break_pipe, 1), (break_pipe, 2))
    assert (both.status, both.err) == (141, "")


@pytest.mark.parametrize("command", QUICK)
def test_streams_that_are_closed(program, command):
    status = usual_status(command)
    for states in ([(close, 0)], [(close, 1)], [(close, 2)], [(close, n) for n in (0, 1, 2)]):
        ended = program(command.replace(" new", f" new{len(states)}{states[0][1]}"), *states)
        assert ended.status == status, ended
        assert "Traceback" not in ended.err
    assert (ended.out, ended.err) == ("", "")


@pytest.mark.parametrize("change", [close, fill, break_pipe, forbid_writing])
def test_standard_error_that_takes_nothing_changes_nothing(program, change):
    for command in QUICK:
        ended = program(command.replace(" new", f" {change.__name__}"), (change, 2))
        assert ended.status == usual_status(command), ended
    for command in WRONG:
        ended = program(command, (change, 2))
        assert (ended.status, ended.err) == (2, ""), ended


def test_standard_output_opened_for_reading(program):
    assert program("shapes tiny.yaml", (forbid_writing, 1)) == (
        6, "", "standard output: could not be written: Bad file descriptor\n"
    )  # fmt: skip


def test_a_pipe_that_does_not_wait(program, tmp_path):
    """Its writer is told to come again, as at the terminals of some programs."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    copy = tmp_path / "copy"
    with subprocess.Popen(["sh", "-c", f"sleep 0.3; cat > {copy}"], stdin=reader) as slow:
        os.close(reader)
        ended = program(f"shapes {CONFIGS}", (lambda number: os.dup2(writer, number), 1))
        os.close(writer)
        slow.wait(60)
    assert ended.status == 0, ended
    out = copy.read_text()
    assert len(out) > 2**16, "more than a pipe holds"
    assert out.count(", valid\n") == len(list(CONFIGS.glob("*.yaml")))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "cp437", "koi8-r", "utf-8"])
def test_characters_that_a_stream_lacks(program, encoding, tmp_path):
    name = "λ→ж字"
    (tmp_path / f"{name}.yaml").write_text(f"name: {name[0]}\narchitecture: INPUT(8x8x1)-FC-10\n")
    (tmp_path / f"{name}.yml").write_text(f"architecture: INPUT(8x8x1)-{name[0]}\n")
    shown = codecs.decode(codecs.encode(name, encoding, "backslashreplace"), encoding)
    for command in IN_WORDS:
        ended = program(command.replace("{}", name), encoding=encoding)
        assert ended.status in (0, 2, 4), ended
        assert shown in ended.out + ended.err
    written = (tmp_path / f"{name}new.yaml").read_text(encoding="utf-8")
    assert written.startswith(f"name: {name[0]}\n")


def test_the_process_itself(tmp_path):
    """Its end too, at which Python writes what is left."""

    def call(shell):
        done = subprocess.run(
            ["bash", "-c", shell.replace("cnn", f"{sys.executable} -m cnncli")],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert call("cnn -h > /dev/full") == (6, "", FULL)
    assert call("cnn -h | true; exit ${PIPESTATUS[0]}") in ((141, "", ""), (0, "", ""))
    assert call("cnn shapez 2> /dev/full") == (2, "", "")
    assert call("cnn shapez 2>&-") == (2, "", "")
    assert call("cnn --version >&- 2>&- <&-") == (0, "", "")
    assert call("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 cnn shapezλ")[0] == 2
