"""What pages type into Python gives what they show; docs/python.md names the whole interface."""

import doctest
import re
import warnings
from contextlib import chdir

import pytest

import cnncli
from tests.docs.pages import PAGES
from tests.docs.transcripts import ROOT, prepare

TEXT = (ROOT / "docs" / "python.md").read_text()
SESSIONS = [
    pytest.param(session, id=page.relative_to(ROOT).as_posix())
    for page in PAGES
    if (session := re.findall(r"^```pycon\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL))
]


@pytest.mark.parametrize("session", SESSIONS)
def test_what_is_typed_gives_what_is_shown(session, tmp_path):
    """In order, in a folder with configs/ and data/digits/."""
    prepare(tmp_path)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    typed = doctest.DocTestParser().get_doctest("\n".join(session), {}, "page", None, 0)
    said = []
    with chdir(tmp_path), warnings.catch_warnings():
        warnings.simplefilter("error")
        result = doctest.DocTestRunner(optionflags=flags).run(typed, out=said.append)
    assert result.failed == 0, "".join(said)


def test_the_sessions_are_found():
    assert len(SESSIONS) >= 8
    assert TEXT.count(">>> ") > 30


def test_every_name_of_the_interface_is_there():
    assert {name for name in cnncli.__all__ if f"cnncli.{name}" not in TEXT} <= {"__version__"}
