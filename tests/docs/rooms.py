"""The packages of cnncli, each with the first line of what it says of itself."""

import ast
from pathlib import Path

from tests.docs.measured_tables import table

PACKAGE = Path(__file__).parents[2] / "cnncli"


def rooms() -> str:
    """A row for each folder, in the order of their names."""
    files = sorted(PACKAGE.rglob("__init__.py"), key=lambda file: file.parent)
    names = [f"`{file.parent.relative_to(PACKAGE.parent).as_posix()}/`" for file in files]
    return table(("folder", "holds"), zip(names, map(purpose, files), strict=True))


def purpose(file: Path) -> str:
    """The first line of a module's documentation."""
    return (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]
