"""docs/python.md tells the truth: what it types gives what it shows."""

import doctest
import re
import warnings
from contextlib import chdir

import cnncli
from tests.docs.transcripts import ROOT, prepare

PAGE = ROOT / "docs" / "python.md"
TEXT = PAGE.read_text()


def test_what_is_typed_gives_what_is_shown(tmp_path):
    """In order, in a folder with configs/ and data/digits/."""
    prepare(tmp_path)
    typed = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    session = doctest.DocTestParser().get_doctest(typed, {}, PAGE.name, str(PAGE), 0)
    assert len(session.examples) > 30
    said = []
    with chdir(tmp_path), warnings.catch_warnings():
        warnings.simplefilter("error")
        result = doctest.DocTestRunner(optionflags=flags).run(session, out=said.append)
    assert result.failed == 0, "".join(said)


def test_every_name_of_the_interface_is_there():
    assert {name for name in cnncli.__all__ if f"cnncli.{name}" not in TEXT} <= {"__version__"}
