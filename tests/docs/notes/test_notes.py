"""docs/notes/: each page has all of its parts, and the numbers that it promises are shown."""

import re
from xml.etree import ElementTree

import pytest

from tests.docs.notes.figures import DRAWN, NOTES, PICTURES, SKETCHES, TRAINED, draw, sketch

LARGEST = 100_000
"""Bytes of a picture."""
INDEX = (NOTES / "README.md").read_text()
PAGES = re.findall(r"^\| \[\d+\. .+?\]\((\S+)\) \|", INDEX, re.MULTILINE)
_OUTPUT = re.compile(r"^```(?:console|pycon)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(page):
    return (NOTES / page).read_text()


def test_the_index_has_every_page_in_its_order():
    assert {*PAGES, "README.md"} == {file.name for file in NOTES.glob("*.md")}
    for number, page in enumerate(PAGES, 1):
        title = text_of(page).partition("\n")[0].removeprefix("# ")
        assert title.startswith(f"{number}. ")
        assert f"[{title}]({page})" in INDEX
        following = PAGES[number : number + 1]
        assert (
            re.findall(r"^\[All pages\].* next: \[.*\]\((.+)\)$", text_of(page), re.M) == following
        )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_all_parts(page):
    idea, command, exercise, answer = re.split(
        r"^## Try it$|^## Exercise$|^<details markdown>\n<summary>Answer</summary>$",
        text_of(page),
        flags=re.MULTILINE,
    )
    assert idea.count(".") >= 4
    assert "<!-- generated: cnn " in command
    assert "](pictures/" in command
    assert "?" in exercise or exercise.count(".") >= 1
    assert "\n</details>\n" in answer
    assert _OUTPUT.search(answer)


@pytest.mark.parametrize("page", PAGES)
def test_numbers_in_bold_are_shown_by_a_command(page):
    text = text_of(page)
    shown = " ".join(_OUTPUT.findall(text))
    for bold in re.findall(r"\*\*(\[?\d[^*\n]*)\*\*", text):
        for number in (bold, bold.replace(",", "")):
            if re.search(rf"(?<![\w.,]){re.escape(number)}(?![\w,])", shown):
                break
        else:
            pytest.fail(f"{page}: no command shows {bold}")


def test_every_picture_is_drawn_and_named():
    named = {
        name for page in PAGES for name in re.findall(r"\(pictures/(.+?)\.svg\)", text_of(page))
    }
    assert named == DRAWN.keys() | TRAINED.keys() | SKETCHES.keys()
    assert named == {file.stem for file in PICTURES.iterdir()}


@pytest.mark.parametrize("name", [*DRAWN, *TRAINED, *SKETCHES])
def test_a_picture_stands_alone(name):
    """Small, in both colour schemes, with nothing that is fetched or run."""
    data = (PICTURES / f"{name}.svg").read_bytes()
    assert len(data) <= LARGEST
    assert b"prefers-color-scheme: dark" in data
    assert b"background: var(--paper)" in data
    (namespace,) = re.findall(rb"https?://[^\"]+", data)
    assert namespace == b"http://www.w3.org/2000/svg"
    assert b"<script" not in data


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_that_is_not_trained_is_current(name):
    drawn = draw({name: DRAWN[name]}, train=False)
    assert drawn == {name: (PICTURES / f"{name}.svg").read_text()}, "run `make figures`"


def test_sketches_are_current():
    for name, svg in sketch().items():
        assert svg == (PICTURES / f"{name}.svg").read_text(), "run `make figures`"


@pytest.mark.slow
def test_pictures_of_trained_networks_can_be_drawn():
    """Their numbers are those of a processor."""
    found = draw(TRAINED, train=True)
    assert found.keys() == TRAINED.keys()
    for name, svg in found.items():
        assert _words(svg) == _words((PICTURES / f"{name}.svg").read_text())


def _words(svg):
    """Titles and labels, but for numbers; the classes of sorted scores are numbers too."""
    texts = ElementTree.fromstring(svg).itertext()
    return [text for text in texts if not re.fullmatch(r"[^A-Za-z]*", text)]
