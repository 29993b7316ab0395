"""In a terminal of 80 columns and more every line fits; in a pipe all is as it is."""

import os
import re
import struct
import subprocess
import sys

import pytest

from cnncli.api.network import Network
from cnncli.cli.main import COMMANDS
from cnncli.engine.differences.central import Worst
from cnncli.engine.differences.every_layer import Finding
from cnncli.engine.probes.timing import Timing
from cnncli.report.layout import words
from cnncli.report.timing.breakdown import Breakdown
from cnncli.shipped.configurations import names
from tests.cli.commands import call, write_npz

WIDTHS = (60, 80, 120, 200)
OTHER_WIDTHS = [pytest.param(n, marks=pytest.mark.slow) for n in WIDTHS if n != 80]
CONFIGS = sorted(names())
SOME = [("digits", (60, 80)), ("resnet20", (80,))]
ALL = [pytest.param(name, WIDTHS, marks=pytest.mark.slow) for name in CONFIGS]
OF_A_CONFIG = (
    "shapes {}",
    "shapes {} --columns all",
    "shapes {} --columns im2row,neurons,centre,input,memory,training_macs,jump",
    "shapes {} --explain {layer}",
    "graph {}",
    "diff {} {other}",
    "time {} --batch 2",
    "time {} --batch 2 --forward",
    "gradcheck {}",
)
CODES = re.compile(r"\x1b\[[0-9;]*m")
TO_BE_TYPED = re.compile(r"`[^`]*`|^(next|to [a-z ]+): cnn ")


@pytest.fixture
def terminal(monkeypatch):
    """Calls a command as in a terminal of so many columns; from 80 on what it prints fits."""

    def call_in(columns, *arguments):
        with monkeypatch.context() as patch:
            patch.setattr(words, "columns", lambda stream: columns)
            result = call(*arguments)
        assert result.exit_code < 70, result.stderr
        if columns >= 80 and "--wide" not in arguments:
            assert too_long(result.stdout + result.stderr, columns) == [], arguments
        return result

    return call_in


def too_long(text, columns):
    """Lines that are longer, and not for one word or what is to be typed."""
    return [
        line
        for line in text.split("\n")
        if words.width(line) > columns and len(line.split()) > 1 and not TO_BE_TYPED.search(line)
    ]


@pytest.fixture
def invented(monkeypatch):
    """Times and errors of gradients that nothing was computed for."""

    def time(spec, graph, threads, steps, notify, *, forward):
        last = graph.nodes.index(graph.by_name[graph.scores])
        series = {node.name: [0.012345, 0.0678] for node in graph.nodes[: last + 1]}
        step, update = [2.0 * len(series)] * 2, [] if forward else [0.01, 0.02]
        timing = Timing(series, {} if forward else series, step, update, 1e11, 1e10)
        return Breakdown(graph, dict.fromkeys(series, "winograd"), 32, threads, timing)

    def check(graph, loss, algorithms, *, everything, seed):
        for node in graph.nodes:
            if node.inputs:
                height, width, _ = node.in_shapes[0]
                place = f"{node.name}.x[2,{height - 1},{width - 1},1023]"
                yield Finding(node.name, Worst(1e-10, place, 0.1, 0.1, 1_234, 12))
        yield Finding(None, Worst(1e-9, place, 0.1, 0.1, 12_345, 3))

    monkeypatch.setattr("cnncli.cli.timing.break_down", time)
    monkeypatch.setattr("cnncli.api.gradient_check.check_every_layer", check)


@pytest.mark.parametrize(("name", "widths"), [*SOME, *ALL])
def test_every_configuration(name, widths, terminal, invented):
    other = CONFIGS[CONFIGS.index(name) - 1]
    layer = list(Network(name).layers)[1]
    for line in OF_A_CONFIG:
        arguments = line.format(name, other=other, layer=layer).split()
        for columns in widths:
            terminal(columns, *arguments)
        piped = call(*arguments)
        assert piped.exit_code == 0
        assert terminal(80, *arguments, "--wide").stdout == piped.stdout


@pytest.mark.parametrize("columns", [80, *OTHER_WIDTHS])
def test_other_commands(columns, terminal, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_npz("own.npz")
    for line in (
        "configs",
        "info",
        "data list",
        "data info digits",
        "data info cifar10",
        "data verify digits",
        "data fetch digits",
        "init",
        "shapes digits.yaml",
        "shapes nothing.yaml",
        "shapes digits --quieter --explain a --columns=" + "b" * 100,
        "shapes lenet5 --sizes",
        "shapes alexnet --set layers=" + "word " * 40,
        "train digits --preview",
        "train digits --epochs " + "many " * 40,
        "time digits --batch 2 --steps 1 --threads 1,2",
        "convert vgg16 --fc-to-conv --image 384x384 --out new.yaml --force",
        "convert vgg16 --fc-to-conv --conv-to-fc --out new.yaml",
        f"eval {trained.out}",
        f"eval {trained.out} --split train",
        f"predict {trained.out} own.npz --top 3",
        f"verify-resume {trained.config}",
        f"train {trained.config} --epochs 1 --max-steps 1 --out {tmp_path / 'run'}",
    ):
        terminal(columns, *line.split(" ", 4 if "=word" in line or "many" in line else -1))


@pytest.mark.parametrize("command", [*COMMANDS, "data list", "data fetch", "data info", ""])
def test_help(command, terminal, monkeypatch):
    for columns in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert terminal(columns, *command.split(), "--help").exit_code == 0


def test_wide_is_as_in_a_pipe(terminal, trained):
    for line in ("configs", "data list", f"eval {trained.out}"):
        piped = call(*line.split()).stdout
        assert "--wide" not in piped
        # what is drawn for a terminal alone follows
        assert terminal(80, *line.split(), "--wide").stdout.startswith(piped)


def test_what_is_left_out_is_said(terminal):
    lines = terminal(80, "shapes", "vgg16").stdout.splitlines()
    said = lines.index(
        "(left out to fit 80 columns: without sharing, activations and receptive field;"
    )
    assert lines[said + 1].endswith("--wide shows all)")


def test_repeated_blocks_are_one_line(terminal):
    found = terminal(80, "shapes", "resnet20").stdout
    assert "basic ×2 more" in found
    assert "basic2.conv1" not in found
    assert "basic1.conv1" in found
    piped = call("shapes", "resnet20").stdout
    assert "basic2.conv1" in piped
    parameters = [re.search("^total +([0-9,]+)", text, re.MULTILINE)[1] for text in (found, piped)]
    assert parameters == ["269,722"] * 2


HOSTILE = {
    "long": "a" * 240,
    "wide": "層" * 60,
    "marks": "e\u0301\u0302" * 70,
    "dots": "x." * 60 + "x",
    "digits": "d" + "9" * 200,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_names_of_layers_may_be_anything(name, terminal, tmp_path, invented):
    file = tmp_path / "net.yaml"
    file.write_text(
        f"""
architecture:
  - input: 8x8x1
  - {{conv: {{K: 4, F: 3}}, name: "{name}"}}
  - conv: {{K: 4, F: 3}}
  - {{add: , from: [-1, "{name}"]}}
  - fc: 3
""",
        encoding="utf-8",
    )
    for columns in (60, 80, 200):
        for command in ("shapes", "graph", "time", "gradcheck"):
            assert terminal(columns, command, file).exit_code == 0


def run_in_terminal(*arguments, columns, **environment):
    """What a command writes to a terminal of so many columns, without the colours."""
    pty, fcntl, termios = map(pytest.importorskip, ("pty", "fcntl", "termios"))
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | environment
    with subprocess.Popen(
        [sys.executable, "-m", "cnncli", *arguments],
        stdin=its, stdout=its, stderr=its, env=env, close_fds=True,
    ) as process:  # fmt: skip
        os.close(its)
        text = b""
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:
                break
            if not some:
                break
            text += some
    os.close(ours)
    assert process.returncode == 0, text
    return CODES.sub("", text.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize("columns", [80, *OTHER_WIDTHS])
def test_a_true_terminal(columns):
    found = run_in_terminal("shapes", "resnet20", columns=columns)
    assert columns < 80 or too_long(found, columns) == []
    assert max(map(words.width, found.split("\n"))) > columns * 0.8
    assert "basic ×2 more" in found


@pytest.mark.slow
def test_wide_in_a_true_terminal():
    found = run_in_terminal("shapes", "resnet20", "--wide", columns=80)
    assert found == call("shapes", "resnet20").stdout


@pytest.mark.slow
def test_a_terminal_that_does_not_know_its_width():
    expected = run_in_terminal("graph", "alexnet", columns=80)
    assert run_in_terminal("graph", "alexnet", columns=0) == expected
    assert run_in_terminal("graph", "alexnet", columns=80, COLUMNS="garbage") == expected
    assert run_in_terminal("graph", "alexnet", columns=200, COLUMNS="80") == expected


@pytest.mark.slow
def test_a_terminal_of_few_characters():
    found = run_in_terminal("shapes", "resnet20", columns=80, PYTHONIOENCODING="ascii")
    assert "basic x2 more" in found
