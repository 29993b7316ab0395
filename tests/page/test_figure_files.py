"""What --figures writes: drawings that look in a file as they do on the page."""

import re
from importlib.resources import files
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"
SHEETS = [
    file.read_text() for file in files("cnncli.page.assets").iterdir() if file.suffix == ".css"
]
STYLED = {name for sheet in SHEETS for name in re.findall(r"^svg \.([a-z-]+)", sheet, re.MULTILINE)}


@pytest.fixture(scope="module")
def figures(digits_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    digits_run.report(folder / "page.html", figures=folder)
    return {file.name: ElementTree.parse(file).getroot() for file in folder.glob("*.svg")}


def test_each_has_the_style_of_its_classes(figures):
    """Without it what lies over maps and filters, to be clicked, would be black."""
    assert {"map", "filter", "link"} <= STYLED
    assert {"columns.svg", "filters-conv1.svg", "network.svg"} <= figures.keys()
    for name, root in figures.items():
        style = root.findtext(f"{SVG}style")
        classes = {word for each in root.iter() for word in each.get("class", "").split()}
        unstyled = {word for word in classes & STYLED if f"svg .{word}" not in style}
        assert unstyled == set(), name
