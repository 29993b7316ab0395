"""A page keeps to its size: the maps of the columns take what the other parts leave."""

import pytest

from cnncli.bounds import MAX_PAGE
from cnncli.page.html_document import Document
from cnncli.page.subject import Subject


@pytest.fixture(scope="module")
def subject(digits_run):
    return Subject(digits_run._checked, digits_run.saved, notify=lambda text: None)


def maps_of(document):
    """How many maps of a layer the columns have; None where they are left out."""
    (found,) = (part for part in document.sections if part.name == "columns")
    return max(len(layer["maps"]) for layer in found.data["layers"]) if found.data else None


def test_maps_take_what_is_left(subject, monkeypatch):
    whole = Document.of(subject)
    assert len(whole.text.encode()) <= MAX_PAGE
    assert maps_of(whole) == 16
    others = [part for part in whole.sections if part.name != "columns"]
    rest = len(Document(whole.title, others, whole.album).text.encode())
    limit = rest + 150_000 + 24_000
    monkeypatch.setattr("cnncli.page.html_document.MAX_PAGE", limit)
    small = Document.of(subject)
    assert len(small.text.encode()) <= limit
    assert 1 <= maps_of(small) < 16
    monkeypatch.setattr("cnncli.page.html_document.MAX_PAGE", rest)
    none = Document.of(subject)
    assert maps_of(none) is None
    assert "The other parts leave no room for the maps." in none.text
