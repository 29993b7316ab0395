"""The lowest versions that pyproject.toml admits, as constraints for pip (`make lowest`).

Needs nothing but Python.
"""

from tests.publishing.project import project

TOOLS = {"browser", "dev", "dist"}
"""Extras that nobody needs who uses the program: their newest versions are as good as any."""


def lowest() -> list[str]:
    """NAME==VERSION for every requirement of the program, and of its extras."""
    table = project()["project"]
    extras = table["optional-dependencies"].items()
    used = [names for extra, names in extras if extra not in TOOLS]
    requirements = (name for names in (table["dependencies"], *used) for name in names)
    return [requirement.replace(">=", "==") for requirement in requirements]


if __name__ == "__main__":
    print("\n".join(lowest()))
