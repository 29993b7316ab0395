"""What the package asks for, the Pythons it promises, and the one address it has."""

import re

import pytest
import yaml

from tests.docs.pages import PAGES
from tests.publishing.lowest import lowest
from tests.publishing.project import ROOT, project, repository

PROJECT = project()["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(name for names in PROJECT["optional-dependencies"].values() for name in names),
]
MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_there_is_a_lowest_version_and_no_highest(requirement):
    """So that `make test` runs with the newest of all, and `make lowest` with the lowest."""
    assert re.fullmatch(r"[\w-]+>=\d+(\.\d+)+", requirement)


def test_the_lowest():
    """Of what users install, and not of what tests."""
    assert {"numpy==1.26.0", "pillow==11.0.0", "optuna==5.0.0"} <= set(lowest())
    assert len(lowest()) == 7 + 1 + 1 + 2 + 3 + 1 + 1
    assert not [line for line in lowest() if line.startswith(("pytest", "build", "playwright"))]


def test_pythons_that_are_promised_are_tested():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yaml").read_text())
    tested = workflow["jobs"]["linux"]["strategy"]["matrix"]["python"]
    names = [name.rpartition(" :: ")[2] for name in PROJECT["classifiers"]]
    assert [name for name in names if re.fullmatch(r"3\.\d+", name)] == tested
    (others,) = re.findall(r"^PYTHONS := (.+)$", MAKEFILE, re.MULTILINE)
    assert [PROJECT["requires-python"].removeprefix(">="), *others.split()] == tested


def test_there_is_one_address():
    """The repository's, wherever it is named."""
    files = [*PAGES, ROOT / "pyproject.toml", ROOT / "action.yml", ROOT / "Dockerfile"]
    mention = re.compile(r"(?:https://github\.com/|\bOWNER/)[\w./-]*cnncli\b")
    named = {found for file in files for found in mention.findall(file.read_text())}
    own = repository().removeprefix("https://github.com/")
    assert {name.removeprefix("https://github.com/") for name in named} == {own}
