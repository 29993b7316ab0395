"""The notebooks of examples/: kept without outputs, and true when they are run."""

import ast
import json

import pytest

from tests.docs.transcripts import ROOT

EXAMPLES = ROOT / "examples"
NOTEBOOKS = [file.name for file in sorted(EXAMPLES.glob("*.ipynb"))]
SECONDS = 300
"""For one cell."""


def code_of(name):
    cells = json.loads((EXAMPLES / name).read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_of_a_run_is_kept(name):
    for cell in code_of(name):
        assert (cell["outputs"], cell["execution_count"], cell["metadata"]) == ([], None, {})


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_numbers_are_checked(name):
    """A notebook that asserts nothing would pass whatever it computes."""
    code = "\n".join("".join(cell["source"]) for cell in code_of(name))
    tree = ast.parse(code)
    assert sum(isinstance(node, ast.Assert) for node in ast.walk(tree)) >= 5
    modules = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert modules <= {"cnncli", "numpy", "gzip", "tempfile"}


def test_every_notebook_is_listed():
    assert NOTEBOOKS == ["by_hand.ipynb", "quickstart.ipynb"]
    page = (EXAMPLES / "README.md").read_text()
    assert all(f"({name})" in page for name in NOTEBOOKS)


@pytest.mark.notebook
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs(name):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    here = {"metadata": {"path": str(EXAMPLES)}}
    NotebookClient(notebook, timeout=SECONDS, resources=here).execute()
