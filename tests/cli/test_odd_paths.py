"""Paths that lead nowhere, wherever one can be given: a line that names them, and never a bug."""

import json
import os
import re
import shutil

import pytest

from cnncli.text import printable
from tests.cli.commands import DATA, write_config
from tests.cli.forks import lose_directory, run_program

LONG = "a" * 300
ODD = {
    "long": LONG,
    "long file": f"{LONG}.yaml",
    "longer than any path": "a/" * 3000 + "x.yaml",
    "through a file": "tiny.yaml/x.yaml",
    "a loop of links": "loop.yaml",
    "below a loop": "loop.yaml/x.yaml",
    "a link to nothing": "dangling.yaml",
    "nothing": "missing.yaml",
    "not UTF-8": os.fsdecode(b"\xff\xfe.yaml"),
    "a device": "/dev/null",
    "forbidden": "closed/x.yaml",
    "a folder forbidden": "closed",
}
IN_OPTIONS = [
    "shapes {}", "shapes --json {}", "shapes --fix {}", "shapes {} --explain fc1", "graph {}",
    "diff {} tiny.yaml", "diff tiny.yaml {}", "diff HEAD:{} tiny.yaml", "time {} --steps 1",
    "train {}", "train tiny.yaml --max-steps 1 --out {}", "verify-resume {}",
    "train tiny.yaml --max-steps 1 --out {} --resume", "train tiny.yaml --smoke --out {}",
    "eval {}", "eval run --data {}", "convert {} --fc-to-conv --out new.safetensors",
    "convert tiny.yaml --fc-to-conv --out {}", "convert run --fc-to-conv --out {}",
    "report {}", "report run --out {}", "report run --out new.html --figures {}",
    "report run --out new.html --with {}", "report run --out new.html --image {}",
    "report tiny.yaml --out {}", "demo --out {}", "demo --figures {}",
    "data list --root {}", "data info {}", "data info digits --root {}",
    "data info digits --sheet {}", "data verify {}", "data verify digits --root {}",
    "data verify mnist --root {}", "data fetch mnist --root {} --mirror file:///nowhere",
    "data fetch mnist --root new --mirror file:///{}", "data fetch {}",
]  # fmt: skip
IN_ENVIRONMENT = [
    "info", "info --json", "data list", "data info mnist", "data info digits", "data verify mnist",
    "data verify svhn", "data fetch mnist --mirror file:///nowhere", "shapes tiny.yaml",
    "train tiny.yaml --max-steps 1 --out new --set data.root=null --set data.name=cifar10"
    " --no-download",
    "verify-resume tiny.yaml --set data.root=null --no-download", "data verify cifar100",
]  # fmt: skip
SETS = ("idx", "npz", "folder", "digits", "mnist", "cifar10", "svhn")
IN_SET = [
    *(f"shapes tiny.yaml --set data.name={name} --set data.root={{}}" for name in SETS),
    *(f"data verify {name}.yaml" for name in SETS),
    "train tiny.yaml --preview --set data.root={}",
    "train tiny.yaml --max-steps 1 --out new --set data.root={}",
]


OTHER_FAULT = re.compile(r"file:///nowhere$|--out new\.safetensors$")
"""Of commands that may fail for another reason first."""


@pytest.fixture
def place(tmp_path, trained):
    """The directory in which the commands are called, with all the odd paths."""
    write_config(tmp_path)
    shutil.copytree(trained.out, tmp_path / "run")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere/x")
    (tmp_path / "closed").mkdir(mode=0)
    tmp_path.chmod(0o777)
    yield tmp_path
    (tmp_path / "closed").chmod(0o700)


def faults(ended, path, *, names_it):
    """What is wrong with how a command ended; names_it: the path is what it cannot follow."""
    told = ended.out + ended.err
    shown = (printable(path)[:50], repr(path)[1:-1][:50], json.dumps(path)[1:-1][:50])
    if ended.status not in (0, 1, 2, 3, 4, 6):
        yield "the status"
    if "Traceback" in told or "internal error" in told:
        yield "a bug"
    if not ended.err.replace("\n", "").isprintable():
        yield "a character that a terminal obeys"
    if ended.status and names_it and not any(name in told for name in shown):
        yield "the path is not named"


@pytest.mark.parametrize("path", ODD.values(), ids=ODD)
def test_odd_paths(place, path):
    def prepare(environment=str(DATA)):
        os.chdir(place)
        os.environ["CNN_DATA"] = environment
        if path.startswith("closed") and os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)

    in_yaml = quoted(path)
    calls = [
        *(([part.replace("{}", path) for part in t.split()], prepare) for t in IN_OPTIONS),
        *((t.split(), lambda: prepare(path)) for t in IN_ENVIRONMENT),
        *(([part.replace("{}", in_yaml) for part in t.split()], prepare) for t in IN_SET),
    ]
    for name in SETS:
        text = f"data: {{name: {name}, root: {in_yaml}}}\narchitecture: INPUT(8x8x1)-FC-10\n"
        (place / f"{name}.yaml").write_text(text)
    found = {}
    for arguments, before in calls:
        ended = run_program(*arguments, prepare=before)
        if wrong := list(faults(ended, path, names_it=not OTHER_FAULT.search(" ".join(arguments)))):
            found[" ".join(arguments)] = (wrong, ended)
    assert not found


def quoted(path):
    """As YAML writes it. Bytes that are no characters cannot stand in a configuration."""
    return json.dumps(path.encode(errors="replace").decode())


@pytest.mark.parametrize("template", [*IN_OPTIONS, *IN_ENVIRONMENT])
def test_a_current_directory_that_was_removed(place, template):
    arguments = [part.replace("{}", "x.yaml") for part in template.split()]
    for each in (
        arguments,
        [part.replace("tiny.yaml", str(place / "tiny.yaml")) for part in arguments],
    ):
        ended = run_program(*each, prepare=lambda: lose_directory(place))
        assert ended.status in (0, 1, 2, 3, 4, 6), ended
        assert "internal error" not in ended.err


def test_what_a_removed_directory_says(tmp_path):
    ended = run_program("info", prepare=lambda: lose_directory(tmp_path))
    assert ended == (
        2,
        "",
        ".: the current directory cannot be found: No such file or directory; change to another\n",
    )


def test_commands_without_paths_of_a_removed_directory(tmp_path):
    def prepare():
        lose_directory(tmp_path)
        os.environ["CNN_DATA"] = str(DATA)

    assert run_program("data", "verify", "digits", prepare=prepare).status == 0
