"""Where sets are looked for: data.root, $CNN_DATA, ./data if it holds the set, the user's own."""

import shutil
import sys
from pathlib import Path

import pytest

from cnncli.config.data import DataSpec
from cnncli.data import user_folder as module
from cnncli.data.catalogue import data_root, store
from cnncli.data.load import load
from cnncli.data.user_folder import user_folder
from cnncli.shipped.folders import SETS
from tests.cli.commands import call, succeed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each system has its own folder")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cnncli"


def root_of(name, **values):
    return data_root(DataSpec(name=name, **values))


def put_cifar10(folder):
    path = folder / "cifar-10-batches-bin"
    path.mkdir(parents=True)
    return folder


def test_a_published_set(cache, tmp_path, monkeypatch):
    assert root_of("cifar10") == cache
    put_cifar10(Path("data"))
    assert root_of("cifar10") == Path("data")
    assert root_of("cifar100") == cache
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "sets"))
    assert root_of("cifar10") == tmp_path / "sets"
    assert root_of("cifar10", root=Path("mine")) == Path("mine")
    assert store() == tmp_path / "sets"


def test_the_digits_come_with_the_program(tmp_path, monkeypatch):
    assert root_of("digits") == SETS
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "sets"))
    assert root_of("digits") == SETS
    shutil.copytree(SETS / "digits", tmp_path / "sets" / "digits")
    assert root_of("digits") == tmp_path / "sets"
    assert len(load(DataSpec(name="digits"), download=False, notify=print).train.labels) == 1_438


@pytest.mark.parametrize("name", ["folder", "npz", "csv", "idx", "patterns"])
def test_images_of_ones_own_are_not_looked_for(name, tmp_path, monkeypatch):
    assert root_of(name) == Path("data")
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "sets"))
    assert root_of(name) == tmp_path / "sets"


def test_the_users_folder(cache, tmp_path, monkeypatch):
    assert user_folder() == cache
    monkeypatch.setenv("HOME", str(tmp_path))
    for none in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", none)
        assert user_folder() == tmp_path / ".cache" / "cnncli"
    monkeypatch.setattr(module.os.path, "expanduser", lambda path: path)  # nobody's home
    assert user_folder() is None
    assert store() == Path("data")


@pytest.mark.parametrize(
    ("system", "local", "expected"),
    [
        ("darwin", "", "Library/Caches/cnncli"),
        ("win32", "", "AppData/Local/cnncli"),
        ("win32", "/local", "/local/cnncli"),
    ],
)
def test_other_systems(system, local, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", local)
    monkeypatch.setattr(module.sys, "platform", system)
    assert user_folder() == tmp_path / expected


def test_it_is_fetched_once_for_all_folders(cache, small_mnist, tmp_path, monkeypatch):
    mirror = ("--mirror", f"file://{small_mnist}", "--no-progress")
    result = succeed("data", "fetch", "mnist", *mirror)
    assert {Path(line.partition(": ")[2]).parent for line in result.stdout.splitlines()} == {
        cache / "mnist"
    }
    monkeypatch.chdir(tmp_path)
    assert f"is there already: {cache / 'mnist'}" in succeed("data", "fetch", "mnist").stdout
    assert str(cache) in call("info").stdout


def test_a_run_keeps_its_root(cache, tmp_path, monkeypatch):
    shutil.copytree(SETS / "digits", Path("data", "digits"))
    succeed("train", "digits", "--max-steps", 1, "--threads", 1, "--out", "run")
    config = Path("run", "config.yaml").read_text()
    assert f"root: {Path('data').absolute()}\n" in config
    monkeypatch.chdir(tmp_path)
    succeed("eval", "here/run", "--threads", 1)
