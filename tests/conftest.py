"""Settings of all tests, and the measure of what must end soon."""

import os
import signal
import time
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import settings

from tests.calibration import MOST, smallest_command

pytest_plugins = ["tests.datasets.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a script
    signal.signal(signal.SIGINT, signal.default_int_handler)

for variable in ("NO_COLOR", "FORCE_COLOR"):  # of whoever calls the tests
    os.environ.pop(variable, None)

settings.register_profile("untimed", deadline=None)  # a busy machine is not the fault of the code
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def calibration():
    """Seconds of the processor that the smallest command takes on this machine, in this run."""
    return smallest_command()


@pytest.fixture
def soon(calibration):
    """`with soon():` fails where what is inside takes more than `most` times the calibration."""

    @contextmanager
    def timed(most=MOST):
        start = time.process_time()
        yield
        taken = time.process_time() - start
        assert taken < most * calibration, (
            f"{taken:.2f} s are over {most} times {calibration:.2f} s"
        )

    return timed


@pytest.fixture
def rng():
    return np.random.default_rng(0)
