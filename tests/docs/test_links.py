"""No relative link of a page is dead, nor the heading that it names; nothing is fetched."""

import re

import pytest

from tests.docs.pages import PAGES
from tests.docs.transcripts import ROOT

NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"`((?:cnncli|configs|tests|docs|benchmarks|data)/[\w./-]+)`")


def prose(name):
    """A page without its blocks."""
    return _BLOCK.sub("", (ROOT / name).read_text())


def links(name):
    """The targets of a page's links, but for those of the network."""
    return [target for target in _LINK.findall(prose(name)) if not target.startswith("https:")]


def anchors(name):
    """What a page's headings are called in links."""
    headings = re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings]
    return [
        f"{anchor}-{again}" if (again := plain[:place].count(anchor)) else anchor
        for place, anchor in enumerate(plain)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    for target in links(name):
        path, _, anchor = target.partition("#")
        assert not path.startswith(("http:", "/")), target
        file = ((ROOT / name).parent / path if path else ROOT / name).resolve()
        assert file.is_relative_to(ROOT), f"{name}: {target}"
        assert file.is_file(), f"{name}: {target}"
        assert not anchor or anchor in anchors(file), f"{name}: {target}"


@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_named_are_there(name):
    """Or are shown on the page, for the reader to make."""
    shown = re.findall(r"^`(\S+)`:$", prose(name), re.MULTILINE)
    for path in _FILE.findall(prose(name)):
        assert path in shown or (ROOT / path).exists(), f"{name}: {path}"


@pytest.mark.parametrize("index", ["README.md", "docs/notes/README.md"])
def test_every_page_is_linked_from_its_index(index):
    """Those of docs/notes from the page that README.md links to."""
    folder = "docs" if index == "README.md" else "docs/notes"
    above = (ROOT / index).parent
    linked = {(above / target.partition("#")[0]).resolve() for target in links(index)}
    assert set((ROOT / folder).glob("*.md")) - {ROOT / index} <= linked


def test_the_index_of_the_notes_is_linked():
    assert "docs/notes/README.md" in links("README.md")


def test_the_tour_is_as_long_as_it_says():
    """To a tenth: the files that its numbered stops link to."""
    text = prose("docs/tour.md")
    (said,) = re.findall(r"^About ([\d,]+) lines", text, re.MULTILINE)
    stops = re.findall(r"^\d+\. \[(\S+)\]", text, re.MULTILINE)
    lines = sum(len((ROOT / stop).read_text().splitlines()) for stop in stops)
    assert lines == pytest.approx(int(said.replace(",", "")), rel=0.1)
