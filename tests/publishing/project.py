"""What pyproject.toml, version.py and the changelog say. Needs nothing but Python."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def project(root: Path = ROOT) -> dict[str, Any]:
    """All of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())


def repository(root: Path = ROOT) -> str:
    """The address of the repository, as https://github.com/OWNER/NAME."""
    address: str = project(root)["project"]["urls"]["Repository"]
    return address


def version(root: Path = ROOT) -> str:
    """What the package calls itself."""
    text = (root / "cnncli" / "version.py").read_text()
    (found,) = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(found)


def changes(root: Path = ROOT) -> dict[str, str]:
    """What the changelog says under each of its headings, the newest first."""
    _, *parts = _HEADING.split((root / "CHANGELOG.md").read_text())
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def newest_release(root: Path = ROOT) -> str:
    """The first heading of the changelog with a version, as "0.1.0 - 2026-11-26"."""
    return next(heading for heading in changes(root) if heading != "Unreleased")
