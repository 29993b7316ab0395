"""The sdist and the wheel of dist/: what is in them, and what they say of themselves."""

import re
import subprocess
import sys
import tarfile
from email import message_from_bytes
from zipfile import ZipFile

import pytest

from tests.publishing.project import ROOT, project, repository, version

pytestmark = pytest.mark.dist
PROJECT = project()["project"]
NAME = f"cnncli-{version()}"
SHIPPED = {"configs/": "cnncli/shipped/configs/", "data/digits/": "cnncli/shipped/data/digits/"}
"""Folders of the project, and where the wheel has them."""


@pytest.fixture(scope="module")
def sources(sdist):
    """The files of the sdist by their paths in the project."""
    with tarfile.open(sdist) as archive:
        return {
            member.name.removeprefix(f"{NAME}/"): archive.extractfile(member).read()
            for member in archive.getmembers()
        }


@pytest.fixture(scope="module")
def metadata(wheel):
    with ZipFile(wheel) as archive:
        return message_from_bytes(archive.read(f"{NAME}.dist-info/METADATA"))


def test_twine_finds_nothing(sdist, wheel):
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", sdist, wheel]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert re.findall(r": (\w+)$", done.stdout, re.MULTILINE) == ["PASSED", "PASSED"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository to compare with")
def test_the_sdist_holds_what_git_keeps(sources):
    command = ["git", "ls-files", "-z"]
    kept = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(sources) - {"PKG-INFO"} == set(kept.split("\0")) - {""}
    assert {path: (ROOT / path).read_bytes() for path in sources if path != "PKG-INFO"} == {
        path: content for path, content in sources.items() if path != "PKG-INFO"
    }


def test_the_sdist_says_nothing_of_who_built_it(sdist):
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}
    assert len({m.mtime for m in members}) == 1
    assert {m.name for m in members if m.mode == 0o755} == {f"{NAME}/.ci/run"}
    assert {m.mode for m in members} == {0o644, 0o755}


def test_the_wheel_holds_the_package(sources, wheel):
    """And configurations and digits where the program looks for them, each file as it is."""
    expected = {path: text for path, text in sources.items() if path.startswith("cnncli/")}
    for folder, place in SHIPPED.items():
        inside = [path for path in sources if path.startswith(folder)]
        assert inside
        expected |= {place + path.removeprefix(folder): sources[path] for path in inside}
    with ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    own = {name: text for name, text in found.items() if not name.startswith(f"{NAME}.dist-info/")}
    assert own == expected
    for path in PROJECT["license-files"]:
        assert found[f"{NAME}.dist-info/licenses/{path}"] == sources[path]


def test_what_it_says_of_itself(metadata):
    assert metadata["Name"] == "cnncli"
    assert metadata["Version"] == version()
    assert metadata["Summary"] == PROJECT["description"]
    assert metadata["License-Expression"] == "MIT AND CC-BY-4.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    addresses = dict(line.split(", ") for line in metadata.get_all("Project-URL"))
    assert addresses == PROJECT["urls"]
    assert metadata["Keywords"].split(",") == PROJECT["keywords"]
    assert set(metadata.get_all("Classifier")) == set(PROJECT["classifiers"])
    assert set(metadata.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])


def test_links_of_the_readme_lead_somewhere_from_outside(metadata, sources):
    """To files of this version; else it is README.md word for word."""
    description = metadata.get_payload(decode=True).decode()
    targets = re.findall(r"\]\(([^)]*)\)", description)
    own = f"{repository()}/blob/v{version()}/"
    places = [target.removeprefix(own) for target in targets if target.startswith(own)]
    assert len(places) >= 20
    assert {place.partition("#")[0] for place in places} <= set(sources)
    assert [target for target in targets if not target.startswith("https://")] == []
    assert description.replace(own, "") == sources["README.md"].decode()
