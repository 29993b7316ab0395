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
    for path in _FILE.findall(prose(name)):
        assert (ROOT / path).exists(), f"{name}: {path}"


def test_every_page_is_linked_from_the_readme():
    linked = {target.partition("#")[0] for target in links("README.md")}
    assert {name for name in NAMES if name.startswith("docs/")} <= linked


def test_the_tour_is_as_long_as_it_says():
    """To a tenth: the files that its numbered stops link to."""
    text = prose("docs/tour.md")
    (said,) = re.findall(r"^About ([\d,]+) lines", text, re.MULTILINE)
    stops = re.findall(r"^\d+\. \[(\S+)\]", text, re.MULTILINE)
    lines = sum(len((ROOT / stop).read_text().splitlines()) for stop in stops)
    assert lines == pytest.approx(int(said.replace(",", "")), rel=0.1)
