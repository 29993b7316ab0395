import os
import shutil
import tomllib
from pathlib import Path

import pytest

import cnncli
from cnncli.config.load import load
from cnncli.shipped import configurations
from cnncli.shipped.configurations import Shipped, about, find, names, suggestion
from cnncli.shipped.folders import CONFIGS, SETS
from cnncli.text import ForeignPath
from tests.cli.commands import call, refusal, succeed

ROOT = Path(__file__).parents[2]
SMALL = "architecture: INPUT(8x8x1) -> FC-2\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_all_of_the_project_ship():
    assert names() == sorted(file.stem for file in ROOT.glob("configs/*.yaml"))
    assert (CONFIGS, SETS) == (ROOT / "configs", ROOT / "data")


def test_the_wheel_holds_them_where_they_are_looked_for():
    """By pyproject.toml: beside folders.py."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tool["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
        "configs": "cnncli/shipped/configs",
        "data/digits": "cnncli/shipped/data/digits",
    }


def test_which_one_is_meant():
    assert isinstance(find(ForeignPath("digits")), Shipped)
    assert find(ForeignPath("digits")).source == ROOT / "configs" / "digits.yaml"
    os.mkdir("digits")  # a folder is no configuration
    assert isinstance(find(ForeignPath("digits")), Shipped)
    assert succeed("shapes", "digits").stdout.startswith("digits: digits, 8x8x1")
    Path("digits.yaml").write_text(SMALL)
    assert succeed("shapes", "digits").stdout.startswith("digits.yaml: digits, 8x8x1 -> 2")
    assert find(ForeignPath("digits")) == Path("digits.yaml")
    os.rmdir("digits")
    Path("digits").write_text(SMALL)
    assert find(ForeignPath("digits")) == Path("digits")
    for other in ("nowhere", "digits.yml", "configs/digits", "../digits", "."):
        assert find(ForeignPath(other)) == Path(other)
        assert not isinstance(find(ForeignPath(other)), Shipped)


def test_a_mistyped_name():
    expected = "resnet81: there is no such file; did you mean resnet18, which comes with cnn?\n"
    assert call("shapes", "resnet81").stderr == expected
    assert refusal("train", "resnet81", status=2) == expected
    assert suggestion(Path("configs/vgg16.yaml")) == "; did you mean vgg16, which comes with cnn?"
    assert suggestion(Path("nowhere.yaml")) == ""
    assert "no set and no file is called 'digts'; did you mean digits?" in refusal(
        "data", "info", "digts", status=2
    )


COMMANDS = [
    ("shapes", "resnet18"), ("graph", "resnet18"), ("diff", "resnet18", "resnet34"),
    ("time", "digits", "--steps", 1, "--threads", 1), ("data", "info", "resnet20"),
    ("verify-resume", "digits", "--threads", 1),
    ("train", "digits", "--max-steps", 1, "--threads", 1, "--out", "run"),
    ("convert", "small", "--fc-to-conv", "--out", "out.yaml"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_takes_a_name(command):
    succeed(*command)


def test_python_takes_a_name():
    network = cnncli.Network("digits")
    assert network.valid
    assert network.name == "digits"


def test_its_root_is_the_users():
    assert load(ForeignPath("cifar")).data.root is None
    assert load(ForeignPath("cifar"), ["data.root=here"]).data.root == Path("here").absolute()
    assert load(ROOT / "configs" / "cifar.yaml").data.root == ROOT / "data"


def test_it_stays_as_it_is(tmp_path, monkeypatch):
    file = tmp_path / "shipped" / "faulty.yaml"
    file.parent.mkdir()
    file.write_text("architecture: INPUT(8x8x1) -> CONV(K=2,F=3,S=2,P=0) -> FC-2\n")
    monkeypatch.setattr(configurations, "CONFIGS", file.parent)
    text = f"faulty: comes with cnn and stays as it is; copy {file}, and fix the copy\n"
    assert refusal("shapes", "--fix", "faulty.yaml", status=2).startswith(
        "faulty.yaml: there is no"
    )
    assert refusal("shapes", "faulty", "--fix", status=2) == text
    shutil.copy(file, "mine.yaml")
    succeed("shapes", "--fix", "mine.yaml")


def test_what_it_is():
    assert about("# a network: wide\n# and deep\nfit: crop\n# no") == "a network"
    assert about("# a network\n# of two lines, 1,234 parameters as published\n") == (
        "a network of two lines"
    )
    assert about("fit: crop\n") == ""
