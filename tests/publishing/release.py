"""Whether a tag may be released: `python -m tests.publishing.release v1.2.3 OWNER/NAME`.

OWNER/NAME is the repository that releases it. Where it may not, says why and exits with 1. Needs
nothing but Python.
"""

import sys
from pathlib import Path

from tests.publishing.project import ROOT, changes, newest_release, repository, version


def faults(tag: str, releasing: str, root: Path = ROOT) -> list[str]:
    """What speaks against it, a line each."""
    found = []
    number, heading, address = version(root), newest_release(root), repository(root)
    if tag != f"v{number}":
        found.append(f"the tag is {tag}, but cnncli/version.py has {number}: tag v{number}")
    if heading.split(" - ")[0] != number:
        found.append(
            f"CHANGELOG.md: the newest version is {heading}, but cnncli/version.py has {number}"
        )
    if changes(root).get("Unreleased"):
        found.append(f"CHANGELOG.md: Unreleased has changes: move them below {number}")
    if address != f"https://github.com/{releasing}":
        found.append(
            f"pyproject.toml: the repository is {address}, but {releasing} releases it: "
            "change project.urls"
        )
    return found


def main() -> None:
    """Judges what the command line names."""
    found = faults(*sys.argv[1:])
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
