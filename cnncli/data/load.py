"""From the `data:` section to images in memory."""

from collections.abc import Callable
from pathlib import Path

from cnncli.errors import DataError, UsageError
from cnncli.spec.data import DataSpec

from . import cifar, folder, idx_set, npz, patterns
from .catalogue import NAMED, check
from .dataset import Dataset, Parts, Split, digest
from .download import CIFAR10, fetch
from .holdout import hold_out
from .roots import data_root

Notify = Callable[[str], None]


def load(
    spec: DataSpec, *, download: bool, notify: Notify, progress: bool = False
) -> Dataset:
    """The set, read and checked, with the validation images held out.

    download: CIFAR-10 may be fetched if it is not there. notify: takes what the user must know.
    progress: show a bar on standard error. Where the set can not be had and a stand-in is
    declared, that is loaded instead. Raises DataError for files that are missing or damaged,
    ConfigError for more images than the set has.
    """
    check(spec)
    name, parts = spec.name, _present(spec)
    if parts is None:
        reason = _fetch(data_root(spec.root), notify, progress) if download else "no download"
        parts = _present(spec)

    train, validation = hold_out(parts.train, spec.validation, spec.limit)
    return Dataset(
        name, parts.classes, train, validation, parts.test, digest(parts), stand_in_for
    )
