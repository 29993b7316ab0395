"""Colour: who decides on it, what has it, and what never does."""

import fcntl
import os
import pty
import re
import struct
import termios
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnncli.cli import styles
from cnncli.cli.styles import Style
from cnncli.report.layout.words import width
from tests.cli.commands import DATA, call, succeed, write_config
from tests.cli.forks import close, run_program

SIGN = "\x1b["
CODES = re.compile(r"\x1b\[[0-9;]*m")
NUMBER = re.compile(r"\d[\d.]*")
OLD = "architecture: INPUT(8x8x1) -> CONV-4 -> RELU -> DROPOUT -> FC-3\n"
NEW = "architecture: INPUT(8x8x1) -> CONV-6 -> RELU -> FC-3\n"
FAULTY = "architecture: INPUT(8x8x1)-CONV(F=3,S=2,P=0)-FC-3\n"
WIDE = f'''architecture: [input: 8x8x1, {{name: "{"層" * 70}", conv: {{K: 4, G: 3}}}}, fc: 3]\n'''
DOUBTFUL = "architecture: INPUT(8x8x1)-CONV-4-FC-3-RELU\n"

SHADES = {
    "xterm": "cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd",
    "VGA": "aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa",
    "GNOME": "cc0000 4e9a06 c4a000 3465a4 75507b 06989a",
    "macOS": "990000 00a600 999900 0000b2 b200b2 00a6b2",
    "Windows": "c50f1f 13a10e c19c00 0037da 881798 3a96dd",
    "VS Code": "cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd",
}
"""What terminals make of the colours 1 to 6, red to cyan, as they publish it."""


def styled(style, text):
    return f"{SIGN}{style}m{text}{SIGN}0m"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory, with some configurations."""
    for name, text in {"old": OLD, "new": NEW, "faulty": FAULTY, "doubtful": DOUBTFUL}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNN_DATA", str(DATA))
    return tmp_path


def at_terminal(*arguments, columns=80, stdout=None, encoding="utf-8", **variables):
    """Status and output of the program whose streams are a terminal, but for `stdout` if given."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def prepare():
        os.dup2(stdout.fileno() if stdout else terminal, 1)
        os.dup2(terminal, 2)
        os.environ.pop("COLUMNS", None)  # which pytest-xdist sets
        os.environ.update({"TERM": "xterm"} | variables)

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(_read, master)
        status = run_program(*arguments, prepare=prepare, encoding=encoding).status
        os.close(terminal)
    os.close(master)
    return status, found.result().decode(encoding).replace("\r\n", "\n")


def _read(master):
    found = b""
    try:
        while part := os.read(master, 2**16):
            found += part
    except OSError:
        pass  # which is how a terminal ends
    return found


@pytest.mark.parametrize(
    ("arguments", "variables", "terminal", "expected"),
    [
        # the option is above all
        (["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, True, False),
        (["--color", "always", "--color", "never"], {}, True, False),
        (["--color", "never", "shapes", "--color=always"], {}, False, True),
        # NO_COLOR above FORCE_COLOR; an empty one says nothing
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (["--color", "auto"], {"NO_COLOR": "0"}, True, False),
        ([], {"NO_COLOR": "", "FORCE_COLOR": "1"}, False, True),
        # FORCE_COLOR above what the stream is
        ([], {"FORCE_COLOR": "0", "TERM": "dumb"}, False, True),
        ([], {"FORCE_COLOR": ""}, False, False),
        # the stream
        ([], {}, True, True),
        ([], {"TERM": "dumb"}, True, False),
        ([], {"TERM": "xterm"}, False, False),
        (["--color", "auto"], {}, True, True),
        # what is no such option
        (["--color", "blue"], {}, False, False),
        (["--color"], {}, False, False),
        (["--", "--color", "always"], {}, False, False),
    ],
)
def test_who_decides(monkeypatch, arguments, variables, terminal, expected):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    styles.choose(arguments)
    assert styles.has_colour(SimpleNamespace(isatty=lambda: terminal)) is expected
    styles.choose([])


def test_a_stream_that_is_not_there_has_none():
    assert not styles.has_colour(None)


@pytest.mark.parametrize("arguments", [("--color", "always", "diff"), ("diff", "--color=always")])
def test_the_option_stands_before_the_command_and_behind_it(folder, arguments):
    assert SIGN in succeed(*arguments, "old.yaml", "new.yaml").stdout
    assert SIGN not in succeed("diff", "old.yaml", "new.yaml").stdout


def test_a_value_that_there_is_not():
    result = call("shapes", "--color", "blue")
    assert result.exit_code == 2
    assert "'blue' is not one of 'auto', 'always', 'never'" in result.stderr


def test_each_stream_decides_for_itself(folder):
    with open("out", "w+") as out:
        status, terminal = at_terminal("shapes", "faulty.yaml", stdout=out)
        assert status == 2
        assert SIGN not in Path("out").read_text()
        assert terminal.startswith(styled(Style.ERROR, "faulty.yaml:1:39:"))
    assert SIGN in at_terminal("shapes", "old.yaml")[1]
    assert SIGN not in at_terminal("shapes", "faulty.yaml", NO_COLOR="1")[1]
    assert SIGN not in at_terminal("shapes", "faulty.yaml", TERM="dumb")[1]
    assert SIGN not in at_terminal("shapez", "--color", "never")[1]


WIDTHS = [pytest.param(n, marks=[] if n == 80 else pytest.mark.slow) for n in (60, 80, 120, 200)]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(
    "command",
    ["diff old.yaml new.yaml", "shapes faulty.yaml", "shapes wide.yaml", "eval run", "graph vgg16"],
)
def test_a_terminal_shows_the_same_text(run, folder, command, columns):
    """Colours change no line, and from 80 columns on every line fits."""
    (folder / "wide.yaml").write_text(WIDE, encoding="utf-8")
    status, coloured = at_terminal(*command.split(), columns=columns)
    plain = CODES.sub("", coloured)
    assert SIGN in coloured
    assert (status, plain) == at_terminal(*command.split(), columns=columns, NO_COLOR="1")
    assert columns < 80 or max(map(width, plain.split("\n"))) <= columns


@pytest.mark.parametrize("columns", [*WIDTHS, 1000])
def test_a_caret_stands_below_its_place(folder, columns):
    """Behind signs that take two columns, in lines that are cut and below one that is broken."""
    (folder / "wide.yaml").write_text(WIDE, encoding="utf-8")
    _, shown = at_terminal("shapes", "-q", "wide.yaml", columns=columns)
    lines = shown.split("\n")
    quote, caret = next((a, b) for a, b in pairwise(lines) if a.startswith("  | "))
    before, mark, after = caret.partition(styled(Style.ERROR, "^"))
    assert (mark != "", after) == (True, "")
    assert width(quote[: quote.index("G: 3")]) == width(before)


COMMANDS = [
    "-h", "shapes old.yaml", "shapes faulty.yaml", "shapes doubtful.yaml old.yaml", "shapez",
    "shapes old.yaml --explain conv1", "shapes --bogus", "shapes nowhere.yaml", "graph old.yaml",
    "diff old.yaml new.yaml", "data list", "data info digits", "eval nowhere", "info",
    "gradcheck old.yaml", "train tiny.yaml --preview", "eval run", "predict run image.npz",
    "eval run --data nowhere.npz",
]  # fmt: skip
DOCUMENTS = [
    "shapes old.yaml faulty.yaml --json", "shapes faulty.yaml --format sarif",
    "shapes faulty.yaml doubtful.yaml --format github", "diff old.yaml new.yaml --json",
    "graph old.yaml --format mermaid", "graph old.yaml --format dot", "configs --json",
    "info --json", "data list --json", "data info digits --json", "eval run --json",
    "predict run image.npz --json", "predict run image.npz --format csv", "completion bash",
    "predict run image.npz --format jsonl", "time tiny.yaml --steps 1 --forward --json",
]  # fmt: skip


@pytest.fixture
def run(folder, trained):
    """The same folder with a run and an image for it."""
    write_config(folder)
    (folder / "run").symlink_to(trained.out)
    np.savez(folder / "image.npz", images=np.zeros((1, 8, 8, 1), np.uint8))


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_coloured_is_the_same_text(run, command):
    plain, coloured = call(*command.split()), call(*command.split(), "--color", "always")
    assert coloured.exit_code == plain.exit_code
    for colours, text in ((coloured.stdout, plain.stdout), (coloured.stderr, plain.stderr)):
        # but for times, and the memory that is free
        assert NUMBER.sub("0", CODES.sub("", colours)) == NUMBER.sub("0", text)
    assert SIGN not in plain.output


@pytest.mark.parametrize("command", DOCUMENTS)
def test_documents_are_never_coloured(run, monkeypatch, command):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert SIGN not in call(*command.split(), "--color", "always").stdout


def test_files_are_never_coloured(run, folder, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    (folder / "fixed.yaml").write_text(FAULTY)
    call("shapes", "--fix", "fixed.yaml")
    call("train", "tiny.yaml", "--out", "new", "--max-steps", 1)
    call("predict", "run", "image.npz", "--out", "classes.txt")
    call("eval", "run", "--predictions", "classes.csv")
    written = [folder / "fixed.yaml", folder / "classes.txt", folder / "classes.csv"]
    for file in [*written, *(folder / "new").iterdir()]:
        assert SIGN.encode() not in file.read_bytes(), file


def test_an_error_has_its_place_and_its_caret(folder):
    assert call("shapes", "-q", "faulty.yaml", "--color", "always").stderr.splitlines()[:4] == [
        f"{styled('1;31', 'faulty.yaml:1:39:')} architecture: conv1: F=3, S=2, P=0 do not fit "
        "width 8 and height 8:",
        "  | architecture: INPUT(8x8x1)-CONV(F=3,S=2,P=0)-FC-3",
        f"  |                                       {styled('1;31', '^')}",
        "  (8 - 3 + 2*0)/2 + 1 = 3.5 is not a whole number.",
    ]


def test_a_warning_has_its_name(folder):
    shown = call("shapes", "-q", "doubtful.yaml", "--color", "always").stderr.splitlines()
    assert shown[0].startswith(f"{styled('1;35', 'warning:')} doubtful.yaml:1:")
    assert shown[2].endswith(f" {styled('1;31', '^')}")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (
            ("shapez",),
            f"{styled('1;31', 'Error:')} No such command 'shapez'. Did you mean 'shapes'?",
        ),
        (("eval", "nowhere"), f"{styled('1;31', 'nowhere:')} there is no such checkpoint"),
        (
            ("shapes", "old.yaml", "--json", "--columns", "layer"),
            f"{styled('1;31', '--columns and --explain are for the text format;')} "
            "leave --format out",
        ),
    ],
)
def test_other_errors(folder, arguments, shown):
    assert call(*arguments, "--color", "always").stderr.splitlines()[-1] == shown


def test_a_table_has_its_headings(folder):
    lines = succeed("shapes", "old.yaml", "--color", "always").stdout.splitlines()
    assert lines[0] == styled("1", "old.yaml: old, 8x8x1 -> 3 scores, valid")
    rule = next(i for i, line in enumerate(lines) if line.startswith("---"))
    assert all(line.startswith(f"{SIGN}1m") for line in lines[2:rule])
    assert not any(SIGN in line for line in lines[rule:])


def test_a_difference_has_its_sign(folder):
    lines = succeed("diff", "old.yaml", "new.yaml", "--color", "always").stdout.splitlines()
    assert lines[:12] == [
        styled("1", "--- old.yaml: old, 8x8x1 -> 3 scores"),
        styled("1", "+++ new.yaml: new, 8x8x1 -> 3 scores"),
        "",
        "  input1: the same",
        f"{styled('35', '~ conv1')}  CONV  K 4 -> 6",
        "    output 8x8x4 -> 8x8x6",
        "    parameters 40 -> 60 (+20)",
        "    multiply-adds 2,304 -> 3,456 (+1,152)",
        f"{styled('35', '~ relu1')}  RELU  output 8x8x4 -> 8x8x6",
        f"{styled('31', '- dropout1')}  DROPOUT rate=0.5  8x8x4",
        f"{styled('35', '~ fc1')}  FC  parameters 771 -> 1,155 (+384)",
        "    multiply-adds 768 -> 1,152 (+384)",
    ]
    lines = succeed("diff", "new.yaml", "old.yaml", "--color", "always").stdout.splitlines()
    assert f"{styled('32', '+ dropout1')}  DROPOUT rate=0.5  8x8x4" in lines


def test_what_a_fix_writes(folder):
    shown = call("shapes", "-q", "--fix", "faulty.yaml", "--color", "always").stderr.splitlines()
    assert shown[:2] == [styled("1", "--- faulty.yaml (before)"), styled("1", "+++ faulty.yaml")]
    assert styled("31", f"-{FAULTY.strip()}") in shown
    assert sum(line.startswith(f"{SIGN}32m+architecture: ") for line in shown) == 1


def test_what_a_resumed_run_changes(run):
    call("train", "tiny.yaml", "--out", "new", "--max-steps", 1)
    more = ("--set", "train.optimizer.lr=0.01", "--color", "always")
    shown = call("train", "tiny.yaml", "--out", "new", "--resume", *more).stderr.splitlines()
    assert shown[:3] == [
        styled("1", "changed since step 1:"),
        f"  {styled('31', '- train.optimizer.lr:')} 0.05",
        f"  {styled('32', '+ train.optimizer.lr:')} 0.01  (this command)",
    ]


HOSTILE = [
    "warning: x", "\x1b[31mred", "-----", "+ x", "changed since step 7:", "Error: x", "  | x", "^",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_names_colour_nothing(folder, name):
    """Neither by signs of their own nor by what looks like a line of ours."""
    (folder / f"{name}.yaml").write_text(NEW)
    shown = succeed("--color", "always", "shapes", "--", f"{name}.yaml").stdout
    plainly = succeed("shapes", "new.yaml", "--color", "always").stdout
    assert CODES.findall(shown) == CODES.findall(plainly)
    (folder / f"{name}.yaml").write_text(FAULTY)
    shown = call("--color", "always", "shapes", "-q", "--", f"{name}.yaml").stderr
    assert CODES.findall(shown) == [f"{SIGN}1;31m", f"{SIGN}0m"] * 2, "an error is no warning"
    assert "\x1b" not in CODES.sub("", shown)


@pytest.mark.parametrize(
    ("paint", "text"),
    [
        (styles.headings, "\n".join(("n", "a  b", "-  -", "x  1", "-  -", "y  2"))),
        (styles.networks, "    + x\n  - y: the same"),
        (styles.notices, "x: warning: y\n  warning: z"),
        (styles.notices, "  - a: 1\n  + a: 2"),
    ],
)
def test_only_the_places_of_ours_count(paint, text):
    painted = paint(text)
    assert CODES.sub("", painted) == text
    assert SIGN not in "\n".join(painted.split("\n")[2:])


def test_an_image_is_no_warning(run, folder):
    """A file that cannot be read is an error, whatever it is called."""
    (folder / "warning: x.png").write_bytes(b"no image")
    shown = call("predict", "run", "warning: x.png", "--color", "always").stderr
    assert f"\n{SIGN}1;31mwarning:{SIGN}0m x.png: expected an image" in shown


@pytest.mark.parametrize("numbers", [(1,), (2,), (1, 2)])
def test_streams_that_are_closed(folder, numbers):
    def prepare():
        os.chdir(folder)
        close(*numbers)

    for arguments in ("shapes old.yaml", "shapes faulty.yaml"):
        for color in ("always", "auto", "never"):
            ended = run_program(*arguments.split(), "--color", color, prepare=prepare)
            assert ended.status == (2 if "faulty" in arguments else 0)
            assert "Traceback" not in ended.err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_streams_of_few_characters(folder, encoding):
    (folder / "λ.yaml").write_text(NEW)
    ended = run_program(
        "diff", "old.yaml", "λ.yaml", "--color=always",
        prepare=lambda: os.chdir(folder), encoding=encoding,
    )  # fmt: skip
    assert ended.out.splitlines()[1] == styled("1", "+++ \\u03bb.yaml: \\u03bb, 8x8x1 -> 3 scores")


BLOCKS, HEADING = "█", "accuracy of each class"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_a_terminal_shows_pictures_of_an_evaluation(run, encoding):
    _, shown = at_terminal("eval", "run", encoding=encoding)
    piped = succeed("eval", "run").stdout
    assert piped in CODES.sub("", shown)
    assert f"\n\n{styled('1', HEADING)}\n" in shown
    assert (BLOCKS in shown) is (encoding == "utf-8")
    assert HEADING not in piped
    assert HEADING not in at_terminal("eval", "run", "--json")[1]


@pytest.mark.parametrize("columns", [10, 60, 80, 120, 200])
def test_a_terminal_shows_the_loss_at_the_end(run, folder, columns):
    status, shown = at_terminal("train", "tiny.yaml", "--no-progress", columns=columns)
    assert status == 0
    heading = styled("1", "loss by epoch: training ●, validation ○, both ◉")
    assert (heading in shown) is (columns > 10)
    if columns > 10:
        curve = shown[shown.index(heading) :].split("\n")[1:12]
        assert max(map(len, curve)) <= columns
        assert curve[-1].split() == ["1", "2"]
        _, again = at_terminal("train", "tiny.yaml", "--resume", columns=columns, encoding="ascii")
        assert "loss by epoch: training *, validation o, both @" in again
        assert again.isascii()


@pytest.mark.parametrize("columns", [10, 60, 80, 120, 200])
def test_pictures_of_an_evaluation_fit(run, columns):
    status, shown = at_terminal("eval", "run", columns=columns)
    assert status == 0
    drawn = CODES.sub("", shown)
    begin = drawn.index(HEADING if columns > 20 else "accuracy of each\n    class\n")
    widest = max(map(width, drawn[begin:].split("\n")))
    assert widest <= max(columns, 80)


def test_where_no_loss_is_drawn(run):
    _, quiet = at_terminal("train", "tiny.yaml", "--quiet")
    _, short = at_terminal("train", "tiny.yaml", "--max-steps", 1)
    piped = call("train", "tiny.yaml").stderr
    for shown in (quiet, short, piped):
        assert "loss by" not in shown


def contrast(shade, ground):
    """By the measure of WCAG 2: 1 for the same, 21 for black on white."""

    def light(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((light(shade), light(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_are_legible_on_black_and_on_white():
    """The three that are used have the best worst case of the six."""

    def worst(number):
        shades = [shades.split()[number - 1] for shades in SHADES.values()]
        return min(contrast(shade, ground) for shade in shades for ground in ("000000", "ffffff"))

    used = {int(found) for style in Style for found in re.findall(r"3(\d)$", style)}
    assert used == set(sorted(range(1, 7), key=worst)[3:])
    assert min(map(worst, used)) > 2.1
