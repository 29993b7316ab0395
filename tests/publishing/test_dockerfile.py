"""The Dockerfile, and somebody who has its image and nothing else. No image is built here."""

import re

import pytest

from tests.publishing.dockerfile import Image, instructions
from tests.publishing.project import ROOT, project

TEXT = (ROOT / "Dockerfile").read_text()
CONTEXT = (ROOT / ".dockerignore").read_text().splitlines()


def test_instructions():
    text = "# a comment\nFROM a\n\nRUN one \\\n    two\nCMD []\n"
    assert instructions(text) == [("FROM", "a"), ("RUN", "one two"), ("CMD", "[]")]


def test_an_instruction_that_is_not_known():
    with pytest.raises(ValueError, match=r"^HEALTHCHECK: an instruction that is not known here$"):
        instructions("FROM a\nHEALTHCHECK NONE\n")


def test_what_it_copies_is_in_the_context():
    copied = {rest.split()[0] for name, rest in instructions(TEXT) if name == "COPY"}
    assert ["*", *(f"!{path}" for path in copied)] == CONTEXT


def test_its_python_is_promised():
    (base,) = [rest for name, rest in instructions(TEXT) if name == "FROM"]
    (python,) = re.findall(r"^python:(3\.\d+)-slim$", base)
    assert f"Programming Language :: Python :: {python}" in project()["project"]["classifiers"]


@pytest.mark.dist
def test_its_commands(tmp_path):
    """And the first minutes with what they install, in another folder."""
    image = Image(tmp_path, TEXT)
    assert image.user == "cnn"
    assert image.workdir == tmp_path / "image" / "work"
    assert image.variables == {"HOME": "/work"}
    assert image.run().stdout.startswith("Usage: cnn [OPTIONS] COMMAND [ARGS]...")
    assert image.run("shapes", "digits", "--quiet").returncode == 0
    failed = image.run("shapes", "nowhere.yaml")
    assert failed.returncode == 2
    assert failed.stdout.endswith("nowhere.yaml: there is no such file\n")
    python = image.environment.bin / "python"
    newcomer = ROOT / "tests" / "publishing" / "newcomer.py"
    done = image.environment.run([python, "-P", newcomer], tmp_path)
    assert done.returncode == 0, done.stdout
