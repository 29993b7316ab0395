"""Which runs are found below a folder."""

import os
from pathlib import Path

import pytest

from cnncli.errors import UsageError
from cnncli.runs.collection import Collection
from tests.messages import error_text
from tests.runs.made import finished, made_run

FORMER = Path(__file__).parents[1] / "training" / "former"


def names(folder):
    return [row["name"] for row in Collection.below(folder).rows]


def test_runs_at_any_depth(tmp_path):
    """Also in the directory of another run; names are sorted as people count."""
    for name in ("net-10", "net-2", "net-2/inside", "sweep-1/trial-00000", "a/b/c/d/e/f/net-1"):
        finished(tmp_path / name)
    (tmp_path / "empty" / "folder").mkdir(parents=True)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "config.yaml").write_text("a configuration, and no run")
    found = Collection.below(tmp_path)
    assert [row["name"] for row in found.rows] == [
        "a/b/c/d/e/f/net-1", "net-2", "net-2/inside", "net-10", "sweep-1/trial-00000"
    ]  # fmt: skip
    assert found.remarks == ()
    assert names(tmp_path / "net-2") == [".", "inside"]


def test_runs_of_an_earlier_version():
    """All eight of them."""
    sets = ("archive", "folder", "kinds", "small")
    assert names(FORMER) == [f"{name}/{part}" for name in sets for part in ("interrupted", "whole")]


def test_a_version_that_began_with_the_configuration(tmp_path):
    made_run(tmp_path / "run", about=None)
    assert names(tmp_path) == []
    (tmp_path / "run" / ".lock").write_text("")
    assert names(tmp_path) == ["run"]


def test_hidden_folders_are_not_looked_into(tmp_path):
    finished(tmp_path / ".trash" / "run")
    finished(tmp_path / "run")
    assert names(tmp_path) == ["run"]


def test_links(tmp_path):
    """To a run that is there already, to another one, and to folders: no way leads in a circle."""
    folder = tmp_path / "runs"
    finished(folder / "net-1")
    finished(tmp_path / "elsewhere" / "net-7")
    (folder / "latest").symlink_to(folder / "net-1")
    (folder / "far").symlink_to(tmp_path / "elsewhere" / "net-7")
    (folder / "far-too").symlink_to(tmp_path / "elsewhere" / "net-7")
    (folder / "up").symlink_to(tmp_path)
    (folder / "net-1" / "round").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "nowhere").symlink_to("/nowhere")
    found = Collection.below(folder)
    assert [row["name"] for row in found.rows] == ["far", "net-1"]
    assert sorted(found.remarks) == [
        f"{folder}/{name}: is a link to a folder, which is not looked into; --in can name it"
        for name in ("net-1/round", "up")
    ]
    assert len(names(folder / "up")) == 2


def test_a_link_to_a_folder_of_very_many_files(tmp_path, monkeypatch):
    """It is asked for the names that a run has, and no others are listed."""
    (tmp_path / "big").mkdir()
    finished(tmp_path / "runs" / "net-1")
    (tmp_path / "runs" / "big").symlink_to(tmp_path / "big")
    monkeypatch.setattr(os, "listdir", None)
    assert names(tmp_path / "runs") == ["net-1"]


def test_a_linked_folder_of_runs(tmp_path):
    finished(tmp_path / "disk" / "net-1")
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    assert names(tmp_path / "runs") == ["net-1"]


@pytest.mark.parametrize("kind", ["missing", "file", "loop"])
def test_a_folder_that_is_none(tmp_path, kind):
    folder = tmp_path / "runs"
    {"missing": lambda: None, "file": folder.touch, "loop": lambda: folder.symlink_to(folder)}[
        kind
    ]()
    what = "there is no such folder" if kind == "missing" else "is no folder"
    assert error_text(UsageError, Collection.below, folder) == (
        f"{folder}: {what}; `cnn train` makes runs/ with its first run, and --in names another "
        "folder"
    )


def test_folders_that_cannot_be_read(tmp_path, monkeypatch):
    finished(tmp_path / "net-1")
    finished(tmp_path / "secret" / "net-2")
    true = os.scandir

    def scandir(place):
        if os.path.basename(place) == "secret":
            raise PermissionError(13, "Permission denied", place)
        return true(place)

    monkeypatch.setattr(os, "scandir", scandir)
    found = Collection.below(tmp_path)
    assert [row["name"] for row in found.rows] == ["net-1"]
    assert found.remarks == (f"{tmp_path}/secret: cannot be read: Permission denied",)


def test_more_folders_than_are_looked_at(tmp_path, monkeypatch):
    for number in range(30):
        finished(tmp_path / f"net-{number}")
    monkeypatch.setattr("cnncli.runs.collection.MAX_RUN_ENTRIES", 60)
    found = Collection.below(tmp_path)
    assert 0 < len(found.rows) < 30
    assert found.remarks == (
        f"{tmp_path}: more than 60 files and folders are below it; --in names a folder in it",
    )


def test_folders_inside_each_other(tmp_path):
    """As deep as the system has names for; what it cannot open is told."""
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(40):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(here)
    finished(tmp_path / "net")
    found = Collection.below(tmp_path)
    assert [row["name"] for row in found.rows] == ["net"]
    assert [remark.rpartition(": ")[2] for remark in found.remarks] == ["File name too long"]


NAMES = ["a\nb", "a\x1b[2J", "=1+1", "\udcff", "a,b", "'", "::error::x", "-x", "層" * 20, "$(x)"]


def test_names_may_be_anything(tmp_path):
    for name in NAMES:
        finished(tmp_path / os.fsencode(name).decode(errors="surrogateescape"))
    assert set(names(tmp_path)) == set(NAMES)


def test_a_run_that_goes_away_meanwhile(tmp_path, monkeypatch):
    finished(tmp_path / "net-1")
    monkeypatch.setattr("cnncli.runs.collection._Search.go", lambda self: self.places.append(
        f"{tmp_path}/gone"
    ))  # fmt: skip
    found = Collection.below(tmp_path)
    assert [(row["name"], row["state"]) for row in found.rows] == [("gone", "damaged")]
    assert found.remarks == (
        f"{tmp_path}/gone: holds no configuration, and no checkpoint that has one",
    )


def test_nothing_is_written(tmp_path):
    finished(tmp_path / "net-1")
    (tmp_path / "net-1" / ".lock").write_text("1\n")
    before = {path: path.stat() for path in tmp_path.rglob("*")}
    Collection.below(tmp_path)
    after = {path: path.stat() for path in tmp_path.rglob("*")}
    assert {path: (s.st_mtime_ns, s.st_size) for path, s in before.items()} == {
        path: (s.st_mtime_ns, s.st_size) for path, s in after.items()
    }
