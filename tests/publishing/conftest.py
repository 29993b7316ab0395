"""What `make dist` has built."""

import pytest

from tests.publishing.build import DIST, unpack
from tests.publishing.environment import Environment


@pytest.fixture(scope="session")
def sdist():
    (file,) = DIST.glob("*.tar.gz")
    return file


@pytest.fixture(scope="session")
def wheel():
    (file,) = DIST.glob("*.whl")
    return file


@pytest.fixture
def unpacked(sdist, tmp_path):
    """The sdist's folder, which a test may change."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return unpack(sdist, folder)


@pytest.fixture
def environment(tmp_path):
    folder = tmp_path / "environment"
    folder.mkdir()
    return Environment(folder)
