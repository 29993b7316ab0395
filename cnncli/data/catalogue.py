"""What the images of a data set are, said without NumPy, and where its files lie."""

import os
from collections import Counter
from pathlib import Path

from cnncli.config.data import DataSpec
from cnncli.datasets.base import NAMED, Description
from cnncli.datasets.problems import in_utf8, misfit
from cnncli.geometry import Volume


def describe(spec: DataSpec) -> Description:
    """The image size and the classes; files are opened only for one's own data.

    Raises DataError where those files are missing or damaged, and ConfigError where something is
    given for a set that can not have it.
    """
    check(spec)
    if spec.name in NAMED:
        return NAMED[spec.name]
    size, classes = _look(spec.name, data_root(spec.root), spec.size)
    return Description(size, names_of(spec, classes))


def names_of(spec: DataSpec, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the section gives to classes that have only numbers.

    Raises ConfigError unless there is one for each.
    """
    if spec.classes is None:
        return classes
    if len(spec.classes) != len(classes):
        raise misfit(
            "classes",
            f"{len(spec.classes)} names, but the labels go from 0 to {len(classes) - 1}; "
            f"give {len(classes)}",
        )
    return spec.classes


def check(spec: DataSpec) -> None:
    """Raises ConfigError where the section's values do not go together."""
    if spec.size is not None and spec.name != "folder":
        raise misfit("size", f"only a folder of images is scaled, not {spec.name}; leave it out")
    if spec.size is not None and spec.size.D not in (1, 3):
        raise misfit("size", f"images have depth 1 (grey) or 3 (colour), not {spec.size.D}")
    if spec.memory is not None and spec.name != "folder":
        raise misfit("memory", f"only a folder of images can stay on the disk, not {spec.name}")
    if spec.classes is not None:
        _check_names(spec.name, spec.classes)
    if spec.stand_in is not None and spec.name != "cifar10":
        raise misfit(
            "stand_in",
            f"{spec.stand_in} ({NAMED[spec.stand_in].size}, 10 classes) stands in for cifar10 "
            f"only, not for {spec.name}; leave it out",
        )


def _check_names(name: str, classes: tuple[str, ...]) -> None:
    if name not in ("idx", "npz"):
        raise misfit("classes", f"those of {name} have their names already; leave it out")
    name, count = Counter(classes).most_common(1)[0] if classes else ("", 0)
    if count > 1:
        raise misfit("classes", f"two are called {name!r}; give each its own name")


def _look(name: str, root: Path, size: Volume | None) -> Description:
    from cnncli.datasets.sets import folder, mnist, npz

    look = {
        "idx": lambda: mnist.describe(root),
        "npz": lambda: npz.describe(root),
        "folder": lambda: folder.describe(root, size),
    }
    return Description(*look[name]())


ENVIRONMENT = "CNN_DATA"


def data_root(root: Path | None) -> Path:
    """`data.root` as given, else the folder named by $CNN_DATA, else ./data.

    Raises DataError where the whole path, which a run's files hold, is no text.
    """
    found = root if root is not None else Path(os.environ.get(ENVIRONMENT) or "data")
    in_utf8(found, os.path.realpath(found))
    return found
