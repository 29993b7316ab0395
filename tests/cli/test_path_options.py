"""Options that name files: none may be empty, and no output replaces a file without --force."""

import os
import re
from pathlib import Path

import click
import pytest
from PIL import Image

import cnncli
from cnncli.cli.main import COMMANDS, cli
from cnncli.cli.options import OUTPUT, Name
from tests.cli.commands import DATA, call, succeed, write_config

SOUND = "architecture: INPUT(8x8x1) -> CONV3-2 -> FC-2\n"

RUN = Path("run")
"""Stands for a trained one, and SCAN for an image."""
SCAN = Path("scan.png")
OUTPUTS = {
    ("convert", "--out"): ("convert", "net.yaml", "--fc-to-conv", "--out", "out.yaml"),
    ("data info", "--sheet"): ("data", "info", "digits", "--root", DATA, "--sheet", "out.png"),
    ("eval", "--predictions"): ("eval", RUN, "--predictions", "out.csv"),
    ("predict", "--out"): ("predict", RUN, SCAN, "--json", "--out", "out.json"),
    ("schema", "--out"): ("schema", "--out", "out.json"),
}
"""Options that name a file to be written, each with a command that writes it."""
WITH_ANOTHER = {("export", "--onnx"), ("export", "--torch"), ("import", "--out")}
"""Such options whose command needs a package, or writes two files: its own tests write them."""
OTHERS = {
    "--data": "a folder that is read, or the name of a set", "--root": "a folder that is read",
    "--start": "a run or a checkpoint that is read", "--classes": "a file that is read",
    "--config": "a configuration that is read",
    "--with": "a run that is read", "report --image": "an image that is read",
    "report --out": "a page, which replaces pages of ours alone", "demo --out": "the same",
    "--figures": "a folder; a file in it is refused by whoever writes it",
    "--in": "a folder that is read",
    "--mirror": "an address", "train --out": "a folder; a run in it is refused by itself",
    "sweep --out": "a folder; another sweep in it, or other files, are refused by itself",
}  # fmt: skip
"""Other options of names."""
NO_NAMES = {
    "--mean",
    "--std",
    "--set",
    "--image",
    "--columns",
    "--explain",
    "--fix",
    "--where",
    "--sort",
}
"""Options of texts."""


def commands():
    """Every command's words, and itself."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            for child in command.commands.values():
                yield f"{name} {child.name}", child
        else:
            yield name, command


PARAMETERS = [(words, param) for words, command in commands() for param in command.params]


def test_every_option_of_a_name_is_known():
    """A new one is an output, or has its place in the lists above."""
    for words, param in PARAMETERS:
        option = param.opts[0]
        if param.type is OUTPUT:
            assert (words, option) in {*OUTPUTS, *WITH_ANOTHER}
        elif isinstance(param.type, Name):
            is_argument = isinstance(param, click.Argument)
            assert is_argument or {option, f"{words} {option}"} & set(OTHERS), (words, option)
        else:
            is_text = isinstance(param.type, click.types.StringParamType | click.Path | click.File)
            assert not is_text or option in NO_NAMES, (words, option)
    found = {(w, p.opts[0]) for w, p in PARAMETERS if p.type is OUTPUT}
    assert found == {*OUTPUTS, *WITH_ANOTHER}


NAMES = [(words, p) for words, p in PARAMETERS if isinstance(p.type, Name)]


@pytest.mark.parametrize(("words", "param"), NAMES, ids=lambda it: getattr(it, "name", it))
def test_empty_names(words, param, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = [
        word
        for w, p in PARAMETERS
        if w == words and (p.required or p is param)
        for word in (
            *(p.opts[:1] if isinstance(p, click.Option) else ()),
            "" if p is param else "x",
        )
    ]
    result = call(*words.split(), *given)
    name = (
        param.opts[0] if isinstance(param, click.Option) else param.make_metavar(click.Context(cli))
    )
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2, f"Error: Invalid value for '{name}': it is empty; name something, or leave it out",
    )  # fmt: skip
    assert os.listdir(tmp_path) == []


def test_empty_texts_that_may_be_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("shapes", "--fix=").stderr == (
        "--fix takes the number of a fix, or nothing; '' is neither\n"
    )
    config = write_config(tmp_path, data="{name: digits, root: ''}")
    result = call("train", config)
    assert result.exit_code == 2
    assert "data.root: root must be a path that is not empty, not ''" in result.stderr
    assert os.listdir(tmp_path) == ["tiny.yaml"]


VARIABLES = {
    "CNN_DATA": [("data", "list"), ("data", "fetch", "mnist"), ("data", "info", "digits"),
                 ("data", "verify", "digits"), ("info",), ("train", "tiny.yaml")],
    "CNN_DATA_MIRROR": [("data", "fetch", "mnist")],
}  # fmt: skip


def test_every_variable_is_known():
    sources = Path(cnncli.__file__).parent.rglob("*.py")
    found = {name for file in sources for name in re.findall(r"\bCNN_[A-Z_]+", file.read_text())}
    assert found == set(VARIABLES)


@pytest.mark.parametrize("variable", VARIABLES)
def test_empty_variables(variable, tmp_path, monkeypatch):
    write_config(tmp_path, data="mnist", architecture="INPUT-FC")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "")
    for command in VARIABLES[variable]:
        result = call(*command)
        assert (result.exit_code, result.stderr) == (
            2, f"${variable} is empty; unset it, or let it name something\n",
        )  # fmt: skip
    assert os.listdir(tmp_path) == ["tiny.yaml"]


@pytest.fixture(params=OUTPUTS.values(), ids=map(" ".join, OUTPUTS))
def command(request, tmp_path, monkeypatch, trained):
    """A command that writes the file of its last word."""
    (tmp_path / "net.yaml").write_text(SOUND)
    Image.new("L", (8, 8)).save(trained.out.parent / SCAN)
    monkeypatch.chdir(tmp_path)
    return [trained.out.parent / word if isinstance(word, Path) else word for word in request.param]


def existing(path):
    return f"{path}: exists already; give another name, or --force to replace it\n"


@pytest.mark.parametrize("before", [(), ("--force",)])
def test_a_new_output(command, before):
    group = 2 if command[0] == "data" else 1
    succeed(*command[:group], *before, *command[group:])
    assert os.path.getsize(command[-1]) > 50
    assert len(os.listdir()) == 2


def test_an_output_that_exists(command, tmp_path):
    """It is refused before anything is read."""
    out = tmp_path / command[-1]
    out.write_text("mine")
    out.chmod(0o640)
    wrong = [word if word not in ("net.yaml", "digits") else "nothing" for word in command]
    for given in (command, wrong):
        result = call(*given)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", existing(out.name))
    assert out.read_text() == "mine"
    succeed(*command, "--force")
    assert len(out.read_bytes()) > 50
    assert out.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir()) == sorted(["net.yaml", out.name])


@pytest.mark.parametrize("has_links", [True, False])
def test_an_output_that_comes_while_it_is_made(command, tmp_path, monkeypatch, has_links):
    """Also where the file system knows no second names."""
    out, sync = tmp_path / command[-1], os.fsync

    def late(descriptor):
        out.write_text("mine")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", late)
    if not has_links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "")))
    result = call(*command)
    assert (result.exit_code, result.stderr.splitlines()[-1] + "\n") == (2, existing(out.name))
    assert out.read_text() == "mine"
    assert sorted(os.listdir()) == sorted(["net.yaml", out.name])


def test_a_new_output_without_second_names(command, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "")))
    succeed(*command)
    assert sorted(os.listdir()) == sorted(["net.yaml", command[-1]])
