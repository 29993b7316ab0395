"""Sheets of style: what a part's sheet says is of that part alone, and nothing is left over."""

import re
from pathlib import Path

import pytest

from cnncli.page.html_document import SECTIONS

PAGE = Path(__file__).parents[2] / "cnncli" / "page"
PARTS = [section.__name__ for section in SECTIONS]
_RULE = re.compile(r"([^{}@]+)\{")
_CLASS = re.compile(r"\.([a-z][\w-]*)")
_COMMENT = re.compile(r"/\*.*?\*/|// .*?$|^\s*\"\"\".*?\"\"\"$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"""(["`])([a-z{} -]*)\1""")
_GIVEN = re.compile(r"""class_?[:=] ?f?(["'`])(.*?)\1""")


def words(file, pattern):
    """Those between quotes, as classes are written."""
    text = _COMMENT.sub("", file.read_text())
    return {word for _, quoted in pattern.findall(text) for word in quoted.split()}


def selectors(sheet):
    text = sheet.read_text()
    return [each.strip() for rule in _RULE.findall(text) for each in rule.split(",")]


def sources(part):
    """The files that a part is made by, with its drawings."""
    own = PAGE / "sections" / f"{part}.py"
    figures = re.findall(r"cnncli\.page\.figures\.(\w+)", own.read_text())
    scripts = (PAGE / "assets").glob(f"{part}*.js")
    return [own, *(PAGE / "figures" / f"{name}.py" for name in figures), *scripts]


USED = {part: set().union(*(words(file, _GIVEN) for file in sources(part))) for part in PARTS}


@pytest.mark.parametrize(
    "sheet", sorted((PAGE / "assets").glob("*.css")), ids=lambda file: file.stem
)
def test_each_class_is_there(sheet):
    found = {name for each in selectors(sheet) for name in _CLASS.findall(each)}
    files = [*PAGE.rglob("*.py"), *PAGE.rglob("*.js")]
    used = set().union(*(words(file, _QUOTED) for file in files))
    assert {name for name in found if not {name, name.removeprefix("fill-")} & used} == set()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_styles_no_other(part):
    """Without the part's address before it, a class is of no other part."""
    sheet = PAGE / "assets" / f"{part}.css"
    others = set().union(*(USED[other] for other in PARTS if other != part))
    for each in selectors(sheet) if sheet.exists() else ():
        is_own = each.startswith(f"#{part}") or set(_CLASS.findall(each)) - others
        assert is_own or not _CLASS.findall(each), each
