"""A small set in NumPy's format, and what its reader says of it."""

import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.errors import DataError

REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)


def get(path):
    return load(DataSpec(name="npz", root=path), download=False, notify=pytest.fail)


def fault(call, *arguments):
    with pytest.raises(DataError) as error:
        call(*arguments)
    return str(error.value)
