"""Data sets, found by scanning this folder: there is no list."""

from functools import cache

from cnncli.datasets.base import DataSet
from cnncli.scan import modules, register


@cache
def data_sets() -> dict[str, DataSet]:
    """Every data set by its name: published ones, then those that need none, then one's own."""
    found: dict[str, DataSet] = {}
    for module in modules(__name__):
        for value in vars(module).values():
            if isinstance(value, DataSet):
                register(found, value.name, value)
    return dict(sorted(found.items(), key=lambda item: (_kind(item[1]), item[0])))


def _kind(data_set: DataSet) -> tuple[bool, bool]:
    return not data_set.files, data_set.description is None
