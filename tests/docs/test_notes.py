"""docs/notes/: each page has all of its parts, and the numbers that it promises are shown."""

import re

import pytest

from tests.docs.transcripts import ROOT

NOTES = ROOT / "docs" / "notes"
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
