"""Fixes are written into the file itself, of which all else stays as it was."""

import os
from pathlib import Path

import pytest

from cnncli.check.fix import fix_file
from cnncli.errors import WriteError
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
