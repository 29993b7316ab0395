"""`cnn predict`: what it prints and writes, of names from everywhere."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from cnncli.bounds import MAX_PATH_BYTES
from tests.cli.commands import call, refusal, succeed
from tests.cli.forks import run_program
from tests.inference.pictures import digits, enlarged

SCALED = "white, 255 in images, is 16 in digits: scaled\n"


@pytest.fixture
def folder(tmp_path):
    """Three digits in a folder and one below it."""
    (tmp_path / "in" / "more").mkdir(parents=True)
    for place, name in enumerate(("1.png", "2.png", "10.png", "more/3.png")):
        enlarged(digits()[0][place]).save(tmp_path / "in" / name)
    return tmp_path / "in"


def names_of(folder):
    return [str(folder / name) for name in ("1.png", "2.png", "10.png", "more/3.png")]


def given(names, *arguments):
    """What becomes of `cnn` with these bytes on its standard input."""
    reader, writer = os.pipe()
    os.write(writer, names)
    os.close(writer)

    def prepare():
        sys.stdin = io.TextIOWrapper(io.FileIO(reader))

    ended = run_program(*arguments, prepare=prepare)
    os.close(reader)
    return ended


def test_text(trained, folder):
    result = succeed("predict", trained.out, folder)
    lines = result.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == names_of(folder)
    assert result.stderr == SCALED
    one, two = lines[0].split(": ")[1].split()
    assert one in "0123456789"
    assert 0 <= float(two) <= 1
    top = succeed("predict", trained.out, folder / "1.png", "--top", 99).stdout
    shares = [float(each.split()[1]) for each in top.strip().split(": ")[1].split(", ")]
    assert len(shares) == 10
    assert shares == sorted(shares, reverse=True)


def test_every_format_says_the_same(trained, folder):
    def printed(*options):
        return succeed("predict", trained.out, folder, "--top", 3, *options).stdout

    rows = list(csv.DictReader(io.StringIO(printed("--format", "csv"))))
    document = json.loads(printed("--json"))
    assert printed("--format", "json") == printed("--json")
    assert document["checkpoint"] == str(trained.out / "best.safetensors")
    assert [json.loads(line) for line in printed("--format", "jsonl").splitlines()] == (
        document["predictions"]
    )
    for row, found in zip(rows, document["predictions"], strict=True):
        assert row["file"] == found["file"]
        for k, best in enumerate(found["top"], 1):
            end = "" if k == 1 else f"_{k}"
            assert row[f"predicted{end}"] == best["class"]
            assert float(row[f"probability{end}"]) == pytest.approx(best["probability"], abs=1e-6)


def test_a_file_is_written_whole(trained, folder, tmp_path):
    out = tmp_path / "found.csv"
    first = succeed("predict", trained.out, folder, "--format", "csv", "--out", out)
    assert (first.stdout, first.stderr) == ("", SCALED)
    printed = succeed("predict", trained.out, folder, "--format", "csv").stdout
    assert out.read_text() == printed
    stderr = refusal("predict", trained.out, folder, "--out", out, status=2)
    assert stderr == f"{out}: exists already; give another name, or --force to replace it\n"
    succeed("predict", trained.out, folder / "1.png", "--out", out, "--force")
    assert len(out.read_text().splitlines()) == 1


def test_what_cannot_be_read_is_counted(trained, folder, tmp_path):
    (folder / "5.png").write_bytes(b"no image")
    out = tmp_path / "found.txt"
    result = call("predict", trained.out, folder, tmp_path / "none", "--out", out)
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert lines[1].startswith(f"{folder}/5.png: expected an image, found damage")
    assert lines[2].startswith(f"{tmp_path}/none: expected an image (.png, ")
    assert lines[3:] == ["2 paths could not be read"]
    assert len(out.read_text().splitlines()) == 4


def test_names_on_standard_input(trained, folder):
    names = names_of(folder)
    text = f"{names[0]}\r\n\n{names[1]}\n{folder / 'more'}\n{names[2]}"
    ended = given(text.encode(), "predict", trained.out, "-")
    assert (ended.status, ended.err) == (0, SCALED)
    found = [line.partition(": ")[0] for line in ended.out.splitlines()]
    assert found == [names[0], names[1], names[3], names[2]]


def test_a_name_that_is_not_text(trained, folder, tmp_path):
    """It is shown, and written, as it may be."""
    name = os.fsencode(folder) + b"/\xff,\n::error::x.png"
    os.rename(folder / "1.png", name)
    out = tmp_path / "found.csv"

    def run(*options, names=b""):
        return given(names, "predict", trained.out, *options)

    for style in ("text", "csv"):
        ended = run(folder, "--format", style)
        assert ended.status == 0
        assert f"{folder}/?,?::error::x.png" in ended.out
    assert run(folder, "--format", "csv", "--out", out).status == 0
    rows = list(csv.reader(io.StringIO(out.read_bytes().decode(errors="surrogateescape"))))
    assert os.fsencode(rows[-1][0]) == name
    found = json.loads(run(folder, "--json").out)
    assert os.fsencode(found["predictions"][-1]["file"]) == name
    os.rename(name, name.replace(b"\n", b""))
    assert run("-", names=name.replace(b"\n", b"")).status == 0


def test_a_line_without_an_end(trained):
    def prepare():
        sys.stdin = io.TextIOWrapper(io.FileIO("/dev/zero"))

    ended = run_program("predict", trained.out, "-", prepare=prepare)
    assert (ended.status, ended.out) == (3, "")
    lines = ended.err.splitlines()
    assert lines[0].startswith(
        f"standard input: expected names of fewer than {MAX_PATH_BYTES:,} bytes, found ???"
    )
    assert lines[0].endswith(" ...; write one a line")
    assert lines[1:] == ["1 path could not be read"]


def test_no_standard_input(trained):
    def prepare():
        sys.stdin = None

    ended = run_program("predict", trained.out, "-", prepare=prepare)
    assert (ended.status, ended.out, ended.err) == (
        3,
        "",
        "standard input: expected names of images, found none; name them as PATH\n"
        "1 path could not be read\n",
    )


def test_names_that_no_file_can_have(trained):
    ended = given(b"a\0b.png\nc\0d\n", "predict", trained.out, "-", "x" * 5000 + ".png")
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.splitlines()[-1] == "3 paths could not be read"


def test_a_stand_in_says_so_in_every_output(on_stand_in, tmp_path):
    file = tmp_path / "a.png"
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(file)
    says = "trained on the stand-in 'patterns', not on cifar10"
    for style in ("text", "csv", "json", "jsonl"):
        out = tmp_path / style
        printed = succeed("predict", on_stand_in.out, file, "--format", style)
        assert f"warning: {says}\n" in printed.stderr
        succeed("predict", on_stand_in.out, file, "--format", style, "--out", out)
        assert out.read_text() == printed.stdout
        assert (says if style == "text" else "cifar10") in printed.stdout


def _on_terminal(*arguments, encoding="utf-8"):
    """What `cnn` writes to a terminal, and its status."""
    terminal, end = pty.openpty()
    environment = os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "80"}
    command = [sys.executable, "-m", "cnncli", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=end, stderr=subprocess.PIPE, env=environment)
    os.close(end)
    written = bytearray()

    def read():
        try:
            while piece := os.read(terminal, 4096):
                written.extend(piece)
        except OSError:  # so ends a terminal of Linux
            pass

    reader = Thread(target=read)
    reader.start()
    process.communicate(timeout=60)
    reader.join(60)
    os.close(terminal)
    return written.decode(encoding).replace("\r\n", "\n"), process.returncode


@pytest.mark.parametrize(("encoding", "block"), [("utf-8", "█"), ("ascii", "#")])
def test_bars_on_a_terminal(trained, folder, encoding, block):
    text, status = _on_terminal("predict", trained.out, folder / "1.png", encoding=encoding)
    assert status == 0
    name, *bars = text.splitlines()
    assert name == str(folder / "1.png")
    assert len(bars) == 5
    for bar in bars:
        _, share, *drawn = bar.split()
        assert "".join(drawn) == block * round(20 * float(share))
    whole, _ = _on_terminal("predict", trained.out, folder / "1.png", "--format", "csv")
    assert whole == succeed("predict", trained.out, folder / "1.png", "--format", "csv").stdout


def test_a_reader_that_has_seen_enough(trained, tmp_path):
    """`| head -1` ends the command as the signal would, without a word."""
    for i in range(200):
        enlarged(digits()[0][i]).save(tmp_path / f"{i}.png")
    command = [sys.executable, "-m", "cnncli", "predict", str(trained.out), str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline().startswith(str(tmp_path).encode())
    process.stdout.close()
    _, stderr = process.communicate(timeout=60)
    assert stderr.decode() == SCALED
    assert process.returncode in (0, 128 + signal.SIGPIPE)


@pytest.mark.parametrize("name", ["none", "x.yaml"])
def test_no_checkpoint(tmp_path, name):
    (tmp_path / "x.yaml").write_text("name: x")
    assert refusal("predict", tmp_path / name, tmp_path, status=4).startswith(str(tmp_path))


def test_no_paths(trained):
    assert "Missing argument 'PATH...'" in refusal("predict", trained.out, status=2)


def test_an_interruption_leaves_no_file(trained, folder, tmp_path):
    """Also no part of one."""
    reader, writer = os.pipe()
    out = tmp_path / "found.csv"
    command = [sys.executable, "-m", "cnncli", "predict", str(trained.out), "-", "--out", str(out)]
    process = subprocess.Popen(command, stdin=reader, stderr=subprocess.PIPE)
    os.close(reader)
    for _ in range(40):
        os.write(writer, f"{folder}/1.png\n".encode())
    assert process.stderr.readline().decode() == SCALED
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    os.close(writer)
    assert process.returncode == 128 + signal.SIGINT
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["in"]
