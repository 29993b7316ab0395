"""The generated parts of README.md: what commands print, and the configuration reference.

Run as a script (`make readme`), this renews them in the file.
"""

import re
from pathlib import Path

from click.testing import CliRunner

from cnncli.cli.main import cli
from cnncli.spec.reference import reference

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_PART = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(text: str) -> str:
    """The text with each part between its two comments as it should be now."""
    return _PART.sub(lambda found: found[1] + _part(found[2]) + found[3], text)


def _part(what: str) -> str:
    if what == "reference":
        return f"\n{reference().strip()}\n\n"
    command, *arguments = what.split()
    assert command == "cnn"
    result = CliRunner().invoke(cli, arguments)
    shown = (result.stdout + result.stderr).rstrip().replace(f"{ROOT}/", "")
    return f"```console\n$ {what}\n{shown}\n```\n"


if __name__ == "__main__":
    README.write_text(render(README.read_text()))
