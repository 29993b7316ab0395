"""Networks that come with the program are short, and docs/networks.md has each of them."""

import re

import pytest

from cnncli.exchange.torchvision.families import families
from tests.docs.case_studies import networks
from tests.graph.case_studies import CONFIGS, STUDIES

BLOCKS = CONFIGS.glob("blocks/*.yaml")
LINES, WIDTH = 40, 100
LONGER = {"inception_v3": 55}
"""Its twelve kinds of blocks differ."""


@pytest.mark.parametrize("name", [*STUDIES, *sorted(f"blocks/{path.stem}" for path in BLOCKS)])
def test_a_screen_shows_it(name):
    lines = (CONFIGS / f"{name}.yaml").read_text().splitlines()
    assert len(lines) <= LONGER.get(name, LINES)
    assert max(map(len, lines)) <= WIDTH


def test_the_table_has_their_published_numbers():
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in networks().splitlines()]
    assert cells[0] == ["network", "lines", "image", "parameters", "multiply-adds", "source"]
    found = {row[0].strip("`"): int(row[3].replace(",", "")) for row in cells[2:]}
    assert found == {name: study.parameters for name, study in STUDIES.items()}


def test_the_page_names_all_whose_weights_can_be_taken_over():
    page = (CONFIGS.parent / "docs/fine-tuning.md").read_text()
    section = page.split("\n## Weights from torchvision\n")[1].split("\n## ")[0]
    networks = next(part for part in section.split("\n- ") if part.startswith("**The networks**"))
    known = {name for family in families() for name in family.networks}
    assert set(re.findall("`(.+?)`", networks)) == known
