"""Which tags are refused, and why."""

import subprocess
import sys

import pytest

from tests.publishing.project import ROOT, newest_release, version
from tests.publishing.release import faults

HERE = "somebody/cnncli"


@pytest.fixture
def root(tmp_path):
    """A project whose version 1.2.3 may be released."""
    (tmp_path / "cnncli").mkdir()
    (tmp_path / "cnncli" / "version.py").write_text('"""V."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "pyproject.toml").write_text(
        f'[project.urls]\nRepository = "https://github.com/{HERE}"\n'
    )
    write(tmp_path, "## 1.2.3 - 2026-12-01\n\n- New.\n\n## 1.2.2 - 2026-11-01\n\n- Old.\n")
    return tmp_path


def write(root, text):
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\nAbout.\n\n{text}")


@pytest.mark.parametrize("empty", ["", "## Unreleased\n\n"])
def test_a_tag_that_fits(root, empty):
    write(root, f"{empty}## 1.2.3 - 2026-12-01\n\n- New.\n")
    assert faults("v1.2.3", HERE, root) == []


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2.3rc1"])
def test_another_tag(root, tag):
    expected = f"the tag is {tag}, but cnncli/version.py has 1.2.3: tag v1.2.3"
    assert faults(tag, HERE, root) == [expected]


def test_a_changelog_of_another_version(root):
    write(root, "## 1.2.2 - 2026-11-01\n\n- Old.\n")
    assert faults("v1.2.3", HERE, root) == [
        "CHANGELOG.md: the newest version is 1.2.2 - 2026-11-01, but cnncli/version.py has 1.2.3"
    ]


def test_changes_that_are_not_released(root):
    write(root, "## Unreleased\n\n### Added\n\n- More.\n\n## 1.2.3 - 2026-12-01\n\n- New.\n")
    assert faults("v1.2.3", HERE, root) == [
        "CHANGELOG.md: Unreleased has changes: move them below 1.2.3"
    ]


def test_another_repository(root):
    assert faults("v1.2.3", "another/cnncli", root) == [
        "pyproject.toml: the repository is https://github.com/somebody/cnncli, but another/cnncli "
        "releases it: change project.urls"
    ]


def test_as_the_workflow_asks():
    """As long as nobody has published it, all tags are refused."""
    command = [sys.executable, "-m", "tests.publishing.release", "v0.0.0", HERE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == faults("v0.0.0", HERE)
    assert done.stderr.startswith(f"the tag is v0.0.0, but cnncli/version.py has {version()}")


def test_the_version_is_the_changelogs():
    number, _, day = newest_release().partition(" - ")
    assert number == version()
    assert day.count("-") == 2
