"""Data sets, found by scanning this folder: there is no list."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cnncli.datasets.base import DataSet


@cache
def data_sets() -> dict[str, DataSet]:
    """Every data set by its name: published ones, then those that need none, then one's own."""
    found: dict[str, DataSet] = {}
    for module in iter_modules(__path__, f"{__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, DataSet):
                known = found.setdefault(value.name, value)
                assert known is value, f"two data sets named {value.name}"
    return dict(sorted(found.items(), key=lambda item: (_kind(item[1]), item[0])))


def _kind(data_set: DataSet) -> tuple[bool, bool]:
    return not data_set.files, data_set.description is None
