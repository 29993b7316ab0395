"""Somebody installs it as the pages say, in an environment that holds nothing."""

import re
import subprocess

import pytest

from tests.inference.pictures import digits, enlarged
from tests.publishing.project import ROOT, repository

pytestmark = pytest.mark.dist


def test_the_first_commands(unpacked, environment):
    """Those of README.md, in a clone, as they stand."""
    text = (unpacked / "README.md").read_text().split("\n## Install")[1]
    (script, *_) = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert script.startswith("pip install ")
    enlarged(digits()[0][0]).save(unpacked / "scan.png")
    done = environment.shell(script, unpacked)
    assert done.returncode == 0, done.stdout
    assert (unpacked / "runs" / "digits-1" / "report.html").is_file()


@pytest.mark.parametrize("page", ["README.md", "docs/ci.md"])
def test_by_the_address_of_the_repository(page, unpacked, environment):
    """With a repository of this machine at that address."""
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all of it"]):
        author = ["-c", "user.name=Anybody", "-c", "user.email=anybody@example.org"]
        subprocess.run(["git", *author, *command], cwd=unpacked, check=True)
    text = (ROOT / page).read_text()
    (named,) = set(re.findall(r"""cnncli\S* @ git\+https[^"'\s]+""", text))
    assert repository() in named
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{unpacked.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": repository(),
    }
    done = environment.run(["pip", "install", "--no-deps", named], unpacked.parent, instead)
    assert done.returncode == 0, done.stdout
    assert "Successfully installed cnncli-" in done.stdout
