"""Commands are made of the interface: what they do can be done from Python, and once only."""

import ast
from pathlib import Path

import pytest

from cnncli import cli

FOLDER = Path(cli.__file__).parent
BEHIND = {
    "cnncli.check.check": {"check", "check_text"},
    "cnncli.inference.classifier": {"Classifier"},
    "cnncli.inference.judge": {"judge"},
    "cnncli.inference.predictor": {"Predictor"},
    "cnncli.training.storage.resume": {"open_run"},
    "cnncli.training.tools.launch": {"launch"},
    "cnncli.training.tools.smoke": {"smoke_run"},
}
"""What the interface does for them."""


def imports_of(file):
    """(module, name) of what a file takes from elsewhere in the package."""
    tree = ast.parse(file.read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {(node.module, alias.name) for node in nodes for alias in node.names}


@pytest.mark.parametrize(
    ("command", "entry"),
    [
        ("shapes", ("cnncli.api.network", "Network")),
        ("train", ("cnncli.api.network", "Network")),
        ("gradcheck", ("cnncli.api.network", "Network")),
        ("eval", ("cnncli.api.run", "Run")),
        ("predict", ("cnncli.api.run", "Run")),
    ],
)
def test_a_command_goes_through_the_interface(command, entry):
    found = imports_of(FOLDER / f"{command}.py")
    assert entry in found
    assert not {(module, name) for module, names in BEHIND.items() for name in names} & found
