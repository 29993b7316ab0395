"""Settings of all tests."""

import signal

import numpy as np
import pytest
from hypothesis import settings

pytest_plugins = ["tests.datasets.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a script
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


@pytest.fixture
def rng():
    return np.random.default_rng(0)
