"""Workflows and the action are what GitHub reads, by the schemas that check-jsonschema brings."""

import subprocess
import sys

import pytest
import yaml

from tests.publishing.project import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
RELEASE = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
JOBS = RELEASE["jobs"]
CHECKED = [
    ("github-workflows", WORKFLOWS),
    ("github-actions", [ROOT / "action.yml"]),
]


def check(schema, *files):
    """check-jsonschema's status and output."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *files], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.dist
@pytest.mark.parametrize(("schema", "files"), CHECKED, ids=["workflows", "action"])
def test_they_are_valid(schema, files, tmp_path):
    """And a key that there is not is found."""
    assert check(schema, *files) == (0, "ok -- validation done\n")
    for file in files:
        (tmp_path / file.name).write_text(file.read_text() + "stepz: 1\n")
        status, output = check(schema, tmp_path / file.name)
        assert status == 1
        assert "'stepz' was unexpected" in output


def test_it_is_published_as_it_was_built():
    """Once, and what was tried and weighed is what is attested and published."""
    scripts = [step.get("run", "") for job in JOBS.values() for step in job["steps"]]
    assert [script for script in scripts if "dist" in script] == ["make dist"]
    assert JOBS["image"]["needs"] == "build"
    assert JOBS["publish"]["needs"] == ["build", "image"]
    for job in ("image", "publish"):
        steps = JOBS[job]["steps"]
        (place,) = [step["with"] for step in steps if "download" in step.get("uses", "")]
        assert place == {"name": "dist", "path": "dist"}


def test_only_what_publishes_may_sign():
    """With no token of PyPI's: `id-token` is what trusted publishing and attestations need."""
    assert RELEASE["permissions"] == {"contents": "read"}
    rights = {name: job["permissions"] for name, job in JOBS.items() if "permissions" in job}
    assert rights == {"publish": {"attestations": "write", "id-token": "write"}}
    assert not [step for step in JOBS["publish"]["steps"] if "run" in step]
    assert "secrets." not in str(RELEASE)
    assert JOBS["publish"]["environment"]["name"] == "pypi"


def test_a_tag_is_judged_before_anything_is_built():
    scripts = [step["run"] for step in JOBS["build"]["steps"] if "run" in step]
    judged = 'python -m tests.publishing.release "$GITHUB_REF_NAME" "$GITHUB_REPOSITORY"'
    assert scripts == [judged, "make dist"]
    assert RELEASE[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 takes `on` for a truth


def test_actions_are_their_owners():
    """GitHub's and PyPI's own, by the tag of a major version."""
    used = {step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step}
    for action in used:
        name, _, tag = action.partition("@")
        if name == "pypa/gh-action-pypi-publish":
            assert tag == "release/v1"
        else:
            assert name.startswith("actions/")
            assert tag[0] == "v"
            assert tag[1:].isdigit()
