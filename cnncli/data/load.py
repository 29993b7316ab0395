"""From the `data:` section to images in memory."""

from pathlib import Path

from cnncli.config.data import DataSpec
from cnncli.datasets.dataset import Dataset, Parts, Split, digest
from cnncli.datasets.problems import MissingError, Notify, unreadable
from cnncli.datasets.sets import folder, mnist, npz, patterns
from cnncli.datasets.sets.published import PUBLISHED, fetch_set, find, missing
from cnncli.errors import DataError, UsageError

from .catalogue import check, data_root, names_of
from .validation_split import hold_out


def load(spec: DataSpec, *, download: bool, notify: Notify, progress: bool = False) -> Dataset:
    """The set, read and checked, with the validation images held out.

    download: a published set may be fetched where it is missing. notify: takes what the user must
    know. progress: show a bar on standard error. A declared stand-in is loaded where the set can
    not be had. Raises DataError for files that are missing or damaged, ConfigError where more
    images are asked for than there are, WriteError where a download can not be stored.
    """
    check(spec)
    root = data_root(spec.root)
    name, stand_in_for = spec.name, None
    try:
        parts = _read(spec, root, download, notify, progress)
    except MissingError as missing:
        if spec.stand_in is None:
            raise
        notify(
            f"warning: {missing}\n"
            f"warning: using the stand-in {spec.stand_in!r} instead: drawn figures, not {name}"
        )
        name, stand_in_for, parts = spec.stand_in, name, patterns.load()
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    train, validation = hold_out(parts.train, spec.validation, spec.limit)
    return Dataset(name, parts.classes, train, validation, parts.test, digest(parts), stand_in_for)


def place(spec: DataSpec) -> Path | None:
    """Where the files of a set are; None where they are not, or it needs none."""
    root = data_root(spec.root)
    match spec.name:
        case "patterns":
            return None
        case "digits":
            return mnist.find_digits(root)
        case "idx" | "npz" | "folder":
            return root if root.exists() else None
        case name:
            found = find(name, root)
            return found.path if found else None


def split(dataset: Dataset, name: str) -> Split:
    """The split called train, validation or test. Raises UsageError if there is none."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    if name not in splits:
        raise UsageError(f"no split is called {name!r}; there are train, validation and test")
    found = splits[name]
    if found is None:
        raise UsageError("no validation split: set data.validation to the images to hold out")
    return found


def _read(spec: DataSpec, root: Path, download: bool, notify: Notify, progress: bool) -> Parts:
    match spec.name:
        case "patterns":
            return patterns.load()
        case "digits":
            return mnist.load_digits(root)
        case "idx":
            return _named(spec, mnist.load_own(root))
        case "npz":
            return _named(spec, npz.load(root))
        case "folder":
            return folder.load(root, spec.size, spec.memory)
        case name:
            return _published(name, root, download, notify, progress)


def _named(spec: DataSpec, parts: Parts) -> Parts:
    return parts._replace(classes=names_of(spec, parts.classes))


def _published(name: str, root: Path, download: bool, notify: Notify, progress: bool) -> Parts:
    found = find(name, root)
    if found is None and download:
        remotes, size = PUBLISHED[name].remotes, PUBLISHED[name].size
        what = remotes[0].file if len(remotes) == 1 else f"{len(remotes)} files"
        notify(f"{name} is not in {root}: downloading {what} ({size:,} bytes)")
        try:
            fetch_set(name, root, notify=notify, progress=progress)
        except DataError as error:
            raise missing(name, root, str(error)) from None
        found = find(name, root)
    if found is None:
        raise missing(name, root)
    return found.read()
