"""docs/adding.md tells the truth: each example is one source file and its test, and works."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding.md").read_text()
_FILE = re.compile(r"^`(\S+\.py)`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = (
    "tests/layers/test_contract.py::test_every_family_is_checked",
    "tests/config/test_validation.py",
    "tests/config/test_reference.py",
    "tests/test_architecture.py::test_describing_a_network_does_not_import_numpy",
)
"""Tests of what knows all kinds: messages, the reference; and that none imports NumPy."""


class Example(NamedTuple):
    """A section's files by their paths, and its commands."""

    files: dict[str, str]
    commands: list[str]


def read(section):
    commands = "".join(_COMMANDS.findall(section)).splitlines()
    return Example(dict(_FILE.findall(section)), commands)


SECTIONS = {text.partition("\n")[0]: read(text) for text in PAGE.split("\n## ")[1:]}
EXAMPLES = pytest.mark.parametrize("example", SECTIONS.values(), ids=SECTIONS)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with all examples."""
    folder = tmp_path_factory.mktemp("project")
    hidden = shutil.ignore_patterns("__pycache__", "former", "corpus")
    for name in ("cnncli", "tests", "configs", "data/digits"):
        shutil.copytree(ROOT / name, folder / name, ignore=hidden)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for example in SECTIONS.values():
        for path, text in example.files.items():
            assert not (folder / path).exists()
            (folder / path).write_text(text)
    _take_part(folder / "cnncli" / "page" / "html_document.py")
    return folder


def _take_part(document):
    """The lines by which the example of a part comes onto the page."""
    text = document.read_text()
    before = "from .sections.pooling import pooling\n"
    assert text.count(before) == text.count("    pooling,\n") == 1
    text = text.replace(before, f"{before}from .sections.sight import sight\n")
    document.write_text(text.replace("    pooling,\n", "    pooling,\n    sight,\n"))


def run(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    environment.pop("CNN_DATA", None)
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@EXAMPLES
def test_one_source_file_and_its_test(example):
    source, test = example.files
    assert source.startswith("cnncli/")
    folder, name = os.path.split(source.removeprefix("cnncli/"))
    assert test == f"tests/{folder}/test_{name}"
    assert example.commands


def test_the_tests_pass(project):
    """Those printed, and those that know of all kinds."""
    printed = [path for e in SECTIONS.values() for path in e.files if path.startswith("tests/")]
    run(project, "pytest", "-q", "-p", "no:cacheprovider", *printed, *OTHERS)


@EXAMPLES
def test_the_commands_run(project, example):
    for command in example.commands:
        program, *arguments = shlex.split(command)
        assert program == "cnn"
        run(project, "cnncli", *arguments)


def test_the_part_is_on_the_page(project):
    run(
        project, "cnncli", "report", "configs/vgg16.yaml", "--out", "part.html", "--figures", "part"
    )
    assert 'id="sight"' in (project / "part.html").read_text()
    assert (project / "part" / "sight.svg").exists()
