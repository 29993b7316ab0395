"""What action.yml takes."""

from pathlib import Path

import yaml

from tests.docs.measured_tables import table

ACTION = Path(__file__).parents[2] / "action.yml"


def action_inputs() -> str:
    """A row for each input, in the action's order."""
    inputs = yaml.safe_load(ACTION.read_text())["inputs"]
    rows = [
        (f"`{name}`", about["description"], f"`{about['default']}`" if about["default"] else "none")
        for name, about in inputs.items()
    ]
    return table(("input", "meaning", "default"), rows)
