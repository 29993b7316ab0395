"""`cnn schema`: the schema on standard output, and as a file."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from cnncli.config.file_schema.configuration_schema import configuration_schema
from cnncli.shipped.folders import SCHEMA
from tests.cli.commands import refusal, succeed


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_it_is_printed():
    result = succeed("schema")
    assert json.loads(result.stdout) == configuration_schema()
    assert result.stdout == SCHEMA.read_text()
    assert result.stderr == ""


def test_it_is_written_once():
    assert succeed("schema", "--out", "s.json").stdout == ""
    assert Path("s.json").read_text() == SCHEMA.read_text()
    Path("s.json").write_text("mine")
    assert refusal("schema", "--out", "s.json", status=2) == (
        "s.json: exists already; give another name, or --force to replace it\n"
    )
    succeed("schema", "--out", "s.json", "--force")
    assert Path("s.json").read_text() == SCHEMA.read_text()


def test_init_names_the_one_of_the_program():
    """By an address without blanks, which an editor would end it at."""
    succeed("init")
    first = Path("digits.yaml").read_text().splitlines()[0]
    address = first.removeprefix("# yaml-language-server: $schema=")
    assert first.split() == ["#", "yaml-language-server:", f"$schema={address}"]
    assert urlsplit(address).scheme == "file"
    assert Path(unquote(urlsplit(address).path)).samefile(SCHEMA)
