"""Networks that were trained for a second."""

import pytest

from tests.cli.commands import DATA
from tests.inference.pictures import train, write_folder


@pytest.fixture(scope="session")
def on_digits(tmp_path_factory):
    """The directory of a run on the shipped digits, whose values are 0 to 16."""
    data = f"{{name: digits, root: {DATA}, limit: 200}}"
    return train(tmp_path_factory.mktemp("digits"), data, settings="epochs: 6")


@pytest.fixture(scope="session")
def on_pictures(tmp_path_factory):
    """A run on a folder, whose images are scaled to 6x6: .parent / "set" / "test" is its test."""
    place = tmp_path_factory.mktemp("pictures")
    write_folder(place / "set")
    return train(place, f"{{name: folder, root: {place / 'set'}, size: 6x6x3}}")
