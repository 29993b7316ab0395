"""The scripts of the page as one: they hold to the rules of .oxlintrc.json."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from cnncli.page.html_document import SECTIONS, join_scripts

ROOT = Path(__file__).parents[2]
ASSETS = sorted(file.name for file in files("cnncli.page.assets").iterdir())
SCRIPTS = [name for name in ASSETS if name.endswith(".js")]


def test_lint(tmp_path):
    """Parts use names that they share, so they are judged together."""
    parts = {f"{section.__name__}.js" for section in SECTIONS}
    shared = {name for name in SCRIPTS if name not in parts | {"page.js"}}
    whole = tmp_path / "page.js"
    whole.write_text(join_scripts(sorted(shared), sorted(parts)))
    oxlint = Path(sys.executable).with_name("oxlint")
    command = [oxlint, "--config", ROOT / ".oxlintrc.json", "--deny-warnings", whole]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
