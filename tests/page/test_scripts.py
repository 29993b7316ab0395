"""The scripts of the page as one: they hold to the rules of .oxlintrc.json."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(files("cnncli.page.assets").iterdir(), key=lambda file: file.name)


def test_lint(tmp_path):
    """They see each other's names on a page, so they are judged together."""
    texts = {file.name: file.read_text("utf-8") for file in SCRIPTS if file.name.endswith(".js")}
    common = texts.pop("page.js")
    whole = tmp_path / "page.js"
    whole.write_text("\n".join(['"use strict";', common, *texts.values(), "start();\n"]))
    oxlint = Path(sys.executable).with_name("oxlint")
    command = [oxlint, "--config", ROOT / ".oxlintrc.json", "--deny-warnings", whole]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
