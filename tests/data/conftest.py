"""The sets and the server of the data set tests."""

from tests.datasets.conftest import *  # noqa: F403
from tests.datasets.conftest import _no_environment  # noqa: F401
