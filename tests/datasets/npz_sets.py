"""A small set in NumPy's format, and what its reader says of it."""

from functools import partial

import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.errors import DataError
from tests.messages import error_text

REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)


def get(path):
    return load(DataSpec(name="npz", root=path), download=False, notify=pytest.fail)


fault = partial(error_text, DataError)
