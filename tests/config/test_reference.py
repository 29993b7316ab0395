from dataclasses import fields

from cnncli.config.reference import reference
from cnncli.config.sections import TOP_LEVEL, sections_by_key
from cnncli.layers import families


def test_every_key_is_in_the_reference():
    text = reference()
    keys = set(sections_by_key())
    for family in families().values():
        assert f"#### {family.spelling.name}" in text
        keys |= {field.name for field in fields(family)} | set(family.spelling.synonyms)
    missing = [key for key in sorted(keys) if f"`{key}`" not in text]
    assert missing == []
    assert all(f"| `{key}` |" in text for key in TOP_LEVEL)


def test_rows_say_what_is_accepted():
    lines = reference().splitlines()
    assert "| `K`, `filters` | number of filters | a whole number of at least 1 | `12` |" in lines
    assert "| `S`, `stride` | stride | a whole number or WIDTHxHEIGHT | `1` |" in lines
    assert "| `every` | epochs between two drops | a number greater than 0 | required |" in lines


def test_tables_are_whole():
    for line in reference().splitlines():
        if line.startswith("|"):
            assert line.count("|") in (3, 5)
