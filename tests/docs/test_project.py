"""What lies around the code: the Makefile, workflows, hooks, the changelog, the package."""

import os
import re
import tomllib

import pytest
import yaml

from tests.docs.pages import PAGES
from tests.docs.transcripts import ROOT, understood

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yaml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_targets_say_what_they_do():
    assert set(re.findall(r"^([a-z]+):.*## \S", MAKEFILE, re.MULTILINE)) == TARGETS
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.replace("\\", " ").split()) == TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_targets_that_are_named_are_there(page):
    code = " ".join(re.findall(r"`[^`\n]+`|^make .*$", page.read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", code)) <= TARGETS


def test_the_workflow_tests_what_is_promised():
    matrix = WORKFLOW["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert f">={matrix[0]}" == PROJECT["project"]["requires-python"]
    assert all(isinstance(version, str) for version in matrix)  # 3.10 would be a number
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_workflow_calls_commands_that_there_are():
    steps = [step["run"] for step in WORKFLOW["jobs"]["elsewhere"]["steps"] if "run" in step]
    commands = [step.removeprefix("python -m cnncli ") for step in steps if "cnncli" in step]
    assert len(commands) >= 3
    for command in commands:
        understood(command)
    text = (ROOT / "docs" / "ci.md").read_text()
    for command in re.findall(r"- run: cnn (.+?)(?: +#.*)?$", text, re.MULTILINE):
        understood(command)


def test_hooks_call_tools_of_the_environment():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    tools = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in hooks}
    wanted = PROJECT["project"]["optional-dependencies"]["dev"]
    assert tools <= {re.split("[>=]", name)[0] for name in wanted}
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    understood(hook["entry"].removeprefix("cnn "))


def test_the_package_is_typed():
    assert (ROOT / "cnncli" / "py.typed").is_file()
