"""Fixes are written into the file itself, of which all else stays as it was."""

import os
import shutil
from pathlib import Path

import pytest

from cnncli.check import fix
from cnncli.check.check import check
from cnncli.check.fix import fix_file
from cnncli.errors import UsageError, WriteError
from cnncli.shipped import configurations
from cnncli.shipped.configurations import Shipped
from cnncli.text import ForeignPath
from tests.messages import error_text

LINES = ("# one", "architecture:", "  - input: 10x10x1", "  - conv:", "      F: 3",
         "      S: 2", "  - relu", "  - pool: {F: 3, S: 2}", "  - fc: 3")  # fmt: skip
PAD = "      P: {left: 0, right: 1, top: 0, bottom: 1}"
MIXED = ("\n", "\r\n", "\r", "\r\n", "\n", "\r", "\r\n", "\n", "\r")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("net.yaml")
    path.write_text("\n".join(LINES))
    return path


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [("\n",) * 9, ("\r\n",) * 9, ("\r",) * 9, MIXED])
@pytest.mark.parametrize("is_ended", [True, False])
def test_line_ends_stay(file, mark, ends, is_ended):
    """A line that is new has the end of the one before it."""
    ends = ends if is_ended else (*ends[:-1], "")
    lines = [line + end for line, end in zip(LINES, ends, strict=True)]
    file.write_bytes(mark + "".join(lines).encode())
    told = []
    fixed = fix_file(file, 1, told.append)
    assert (fixed.checked.valid, told) == (True, [])
    lines.insert(6, PAD + ends[5])
    assert file.read_bytes() == mark + "".join(lines).encode()


def test_a_fix_of_the_last_line_that_has_no_end(file):
    content = b"architecture:\r\n- input: 10x10x1\r- relu\n- conv:\r\n    F: 3\n    S: 2"
    file.write_bytes(content)
    fix_file(file, 1, pytest.fail)
    assert file.read_bytes() == content + b"\n" + b"    P: {left: 1, right: 2, top: 1, bottom: 2}"


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o000])
def test_a_file_without_write_permission(file, mode):
    """For root too, which could write it all the same."""
    if mode == 0 and os.geteuid():
        pytest.skip("only root can read it")
    file.chmod(mode)
    before = _seen(file)
    caught = error_text(WriteError, fix_file, file, 1, pytest.fail)
    assert caught == (
        f"net.yaml: may not be written (mode {mode:03o}, owned by user {os.geteuid()}); "
        "chmod u+w allows it"
    )
    assert _seen(file) == before
    assert os.listdir() == ["net.yaml"]


def _seen(file):
    found = file.lstat()
    return found.st_ino, found.st_mode, found.st_mtime_ns, found.st_ctime_ns


def test_nothing_to_fix_in_a_file_without_write_permission(file):
    file.write_text("architecture: INPUT(8x8x1)-FC-2\n")
    file.chmod(0o444)
    assert fix_file(file, None, pytest.fail).diff == ""


def test_other_names_of_the_file(file):
    os.link(file, "a")
    os.link(file, "b")
    before, told = file.read_text(), []
    assert fix_file(file, 1, told.append).checked.valid
    assert told == [
        "warning: net.yaml: 2 other names (hard links) of the old file keep what it held"
    ]
    assert Path("a").read_text() == Path("b").read_text() == before
    assert file.read_text() != before


def test_a_link_in_a_folder_that_is_fixed(file):
    """Even one to a file beside it: what it is replaced by would be no link any more."""
    Path("other.yaml").symlink_to(file)
    caught = error_text(WriteError, fix_file, Path("other.yaml"), 1, pytest.fail)
    assert caught == (
        "other.yaml: is a link to net.yaml; name the file itself, or move the link away"
    )
    assert file.read_text() == "\n".join(LINES)


def test_the_name_of_a_link_is_printed_without_what_a_terminal_obeys(file):
    Path("\x1b[2J").write_text(file.read_text())
    Path("other.yaml").symlink_to("\x1b[2J")
    caught = error_text(WriteError, fix_file, Path("other.yaml"), 1, pytest.fail)
    assert caught.startswith("other.yaml: is a link to ?[2J; ")


USE = "data: digits\nblocks: {from: parts/a.yaml}\narchitecture: INPUT -> unit -> RELU -> FC-3\n"
UNIT = b"# mine\r\nblocks:\r\n  unit:\r\n  - conv: {K: 4, S: 2, P: 0}  # odd\r\n"
DIFFERENCE = """\
--- net.yaml (before)
+++ net.yaml
@@ -2,2 +2,2 @@
 blocks: {from: parts/a.yaml}
-architecture: INPUT -> unit -> RELU -> FC-3
+architecture: INPUT -> unit -> RELU -> FC-10
--- parts/a.yaml (before)
+++ parts/a.yaml
@@ -3,2 +3,2 @@
   unit:
-  - conv: {K: 4, S: 2, P: 0}  # odd
+  - conv: {K: 4, S: 2, P: {left: 0, right: 1, top: 0, bottom: 1}}  # odd
"""


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """The file of blocks; it has a fault, and so has net.yaml."""
    monkeypatch.chdir(tmp_path)
    path = Path("parts/a.yaml")
    path.parent.mkdir()
    path.write_bytes(UNIT)
    Path("net.yaml").write_text(USE)
    return path


def test_a_fault_in_a_file_of_blocks_is_mended_there(parts):
    """And one in the file itself there; both are shown, and keep their line ends."""
    told = []
    fixed = fix_file(Path("net.yaml"), None, told.append)
    assert (fixed.checked.problems, told, f"{fixed.diff}\n") == ((), [], DIFFERENCE)
    assert Path("net.yaml").read_text() == USE.replace("FC-3", "FC-10")
    padded = b"P: {left: 0, right: 1, top: 0, bottom: 1}"
    assert parts.read_bytes() == UNIT.replace(b"P: 0", padded)


def test_one_of_them_by_its_number(parts):
    (first, _) = check(Path("net.yaml")).problems
    assert (first.place.file, first.place.line) == ("parts/a.yaml", 4)
    fix_file(Path("net.yaml"), 1, pytest.fail)
    assert Path("net.yaml").read_text() == USE
    assert parts.read_bytes() != UNIT


def test_a_constant_in_another_file_than_the_fault_is_named_with_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(
        "blocks:\n  b:\n    parameters: [F]\n    layers: CONV(F=F, S=2, P=1, K=8)\n"
    )
    Path("net.yaml").write_text(
        "variables: {G: 4}\nblocks: {from: r.yaml}\n"
        "architecture:\n- INPUT(33x33x3)\n- b: {F: G}\n- fc: 10\n"
    )
    (problem,) = check(Path("net.yaml")).problems
    assert problem.place.file == "r.yaml"
    (fix,) = (fix for fix in problem.fixes if fix.change.startswith("G"))
    assert fix.change == "G: 7, net.yaml:1:16"


def test_all_files_are_written_or_none(parts, monkeypatch):
    """Whether the second may not be written, or cannot be."""
    parts.chmod(0o444)
    assert error_text(WriteError, fix_file, Path("net.yaml"), None, pytest.fail) == (
        f"parts/a.yaml: may not be written (mode 444, owned by user {os.geteuid()}); chmod u+w "
        "allows it"
    )
    assert (Path("net.yaml").read_text(), parts.read_bytes()) == (USE, UNIT)
    parts.chmod(0o644)
    write = fix.write_whole

    def fail(path, content, **how):
        if path == parts:
            raise WriteError("no space")
        write(path, content, **how)

    monkeypatch.setattr(fix, "write_whole", fail)
    assert error_text(WriteError, fix_file, Path("net.yaml"), None, pytest.fail) == "no space"
    assert (Path("net.yaml").read_text(), parts.read_bytes()) == (USE, UNIT)


def test_nothing_is_written_through_a_link(parts):
    """It may lead to a file inside the folder, from which blocks are read."""
    os.rename(parts, "parts/b.yaml")
    parts.symlink_to("b.yaml")
    assert error_text(WriteError, fix_file, Path("net.yaml"), None, pytest.fail) == (
        "parts/a.yaml: is a link to b.yaml; name the file itself, or move the link away"
    )
    assert (Path("net.yaml").read_text(), parts.read_bytes()) == (USE, UNIT)


def test_shipped_files_stay_as_they_are(parts, tmp_path, monkeypatch):
    """Their copy is fixed, as the message says."""
    monkeypatch.setattr(configurations, "CONFIGS", ForeignPath(tmp_path))
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    assert error_text(UsageError, fix_file, Shipped("net"), None, pytest.fail) == (
        f"net: comes with cnn and stays as it is; copy {tmp_path}/net.yaml with its parts/a.yaml, "
        "and fix the copy"
    )
    shutil.copy(tmp_path / "net.yaml", ".")
    os.mkdir("parts")
    shutil.copy(tmp_path / "parts" / "a.yaml", "parts")
    assert f"{fix_file(Path('net.yaml'), None, pytest.fail).diff}\n" == DIFFERENCE
    assert (tmp_path / "net.yaml").read_text() == USE


SUM = (
    b"blocks:\r\n  unit:\r\n  - CONV3-8 -> RELU\r\n  - {add: , from: [-1, input]}\r\n"
    b"  - conv: 8\r\n  - CONV3-4\r\n"
)
READER = "blocks: {from: parts/a.yaml}\narchitecture:\n- INPUT(8x8x3) -> unit -> unit\n"
READER += "- CONCAT(from=[unit2, unit1.conv2, unit1.add1])\n- FC-3\n"


def test_a_new_layer_in_a_file_of_blocks(parts):
    """What the file itself means by a number in the block is another number then."""
    parts.write_bytes(SUM)
    Path("net.yaml").write_text(READER)
    (problem,) = check(Path("net.yaml")).problems
    number = next(n for n, fix in enumerate(problem.fixes, 1) if fix.change.startswith("CONV1"))
    fixed = fix_file(Path("net.yaml"), number, pytest.fail)
    assert fixed.checked.problems == ()
    assert Path("net.yaml").read_text() == READER.replace("unit1.conv2", "unit1.conv3")
    new = b"  - CONV1-8(from=input)\r\n  - {add: , from: [-2, -1]}\r\n"
    assert parts.read_bytes() == SUM.replace(b"  - {add: , from: [-1, input]}\r\n", new)
