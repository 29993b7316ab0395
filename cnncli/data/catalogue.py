"""What the images of a data set are, said without NumPy, and where its files lie."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from cnncli.config.data import DataSpec
from cnncli.config.load import load
from cnncli.datasets.base import DataSet, Description, Reading
from cnncli.datasets.formats.expansion import number_names
from cnncli.datasets.problems import from_environment, in_utf8, section_problem
from cnncli.datasets.sets import data_sets
from cnncli.errors import UsageError
from cnncli.shipped.configurations import Shipped, find
from cnncli.shipped.configurations import names as shipped_names
from cnncli.shipped.folders import SETS
from cnncli.text import ForeignPath, closest, join_words, show

from .user_folder import user_folder


def describe(spec: DataSpec) -> Description:
    """The image size and the classes; files are opened only for one's own data.

    Raises DataError where those files are missing or damaged, and ConfigError where something is
    given for a set that cannot have it.
    """
    check(spec)
    data_set = data_sets()[spec.name]
    if data_set.description:
        return data_set.description
    found = data_set.describe(data_root(spec), reading(spec))
    return found._replace(classes=names_of(spec, found.classes))


def reading(
    spec: DataSpec, classes: tuple[str, ...] | None = None, every_fifth: bool = False
) -> Reading:
    """How the section says that images are read; `classes` in this order, if it is given.

    every_fifth: as runs of earlier versions tested on images.
    """
    return Reading(
        size=spec.size,
        resize=spec.resize,
        memory=spec.memory,
        background=spec.background,
        skips_damaged=spec.damaged == "skip",
        classes=classes,
        layout=spec.layout,
        file_column=spec.file_column,
        label_column=spec.label_column,
        every_fifth=every_fifth,
    )


def section(name: str, root: Path | None) -> DataSpec:
    """The section `data` that a set's name or a configuration file stands for.

    Raises UsageError where it is neither, or the configuration has none; else as `load` does.
    """
    names = tuple(data_sets())
    if name in names:
        return DataSpec(name=name, root=root)
    path = find(ForeignPath(name))
    is_file = os.path.exists(path) or isinstance(path, Shipped)
    if not is_file and path.suffix not in (".yaml", ".yml"):
        found = closest(name, (*names, *shipped_names()))
        hint = f"did you mean {found}?" if found else f"the sets are {join_words(names)}"
        raise UsageError(f"no set and no file is called {name!r}; {hint}")
    spec = load(path)
    spec.check()
    if spec.data is None:
        raise UsageError(f"{path}: names no data set; add data: cifar10 or another")
    return replace(spec.data, root=root) if root else spec.data


def names_of(spec: DataSpec, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the section gives to classes that have only numbers.

    Raises ConfigError unless there is one for each.
    """
    if spec.classes is None:
        return classes
    if classes != number_names(len(classes)):
        raise section_problem(
            "classes", f"those of {spec.name} have their names already; leave it out"
        )
    if len(spec.classes) != len(classes):
        raise section_problem(
            "classes",
            f"{len(spec.classes)} names, but the labels go from 0 to {len(classes) - 1}; "
            f"give {len(classes)}",
        )
    return spec.classes


def check(spec: DataSpec) -> None:
    """Raises ConfigError where the section's values do not go together."""
    _check_options(spec)
    if spec.size is not None and spec.size.D not in (1, 3):
        raise section_problem(
            "size", f"images have depth 1 (grey) or 3 (colour), not {spec.size.D}"
        )
    for key, given in (("mean", spec.mean), ("std", spec.std)):
        if given is not None and not spec.normalise:
            raise section_problem(
                key, f"normalise: false divides by 255 and by no {key}; leave out one of the two"
            )
    if spec.fold is not None and spec.validation:
        raise section_problem(
            "fold",
            f"{spec.fold} says which images validate, and so does data.validation: "
            f"{spec.validation:g}; set one of them alone, --set data.validation=0 for the fold",
        )
    if spec.resize != "stretch" and spec.size is None:
        raise section_problem("resize", f"{spec.resize} to which size? set data.size too")
    if spec.background != "white":
        _check_colour(spec.background)
    if spec.classes:
        name, count = Counter(spec.classes).most_common(1)[0]
        if count > 1:
            raise section_problem("classes", f"two are called {name!r}; give each its own name")
    if spec.stand_in is not None and spec.name != "cifar10":
        size, classes, _ = describe(DataSpec(name=spec.stand_in))
        raise section_problem(
            "stand_in",
            f"{spec.stand_in} ({size}, {len(classes)} classes) stands in for cifar10 only, "
            f"not for {spec.name}; leave it out",
        )


def _check_options(spec: DataSpec) -> None:
    """Raises ConfigError for a key that other sets take, but not this one."""
    known, default = data_sets(), DataSpec(name=spec.name)
    for key in {key: None for each in known.values() for key in each.options}:
        takers = [name for name, each in known.items() if key in each.options]
        if spec.name not in takers and getattr(spec, key) != getattr(default, key):
            take = "takes" if len(takers) == 1 else "take"
            message = f"only {join_words(takers)} {take} it, not {spec.name}; leave it out"
            raise section_problem(key, message)


def _check_colour(background: str) -> None:
    try:
        from PIL import ImageColor
    except ImportError:  # which reading the images reports
        return
    try:
        is_colour = len(ImageColor.getrgb(background)) == 3
    except ValueError:
        is_colour = False
    if not is_colour:
        message = f"{show(background)} is no colour; write a name, such as black, or '#rrggbb'"
        raise section_problem("background", message)


ENVIRONMENT = "CNN_DATA"
HERE = ForeignPath("data")


def data_root(spec: DataSpec) -> Path:
    """`data.root` as given, else where the set is looked for, and fetched to.

    Raises DataError where the whole path, which a run's files hold, is not text.
    """
    found = spec.root if spec.root is not None else _default_root(data_sets()[spec.name])
    in_utf8(found, os.path.realpath(found))
    return found


def store() -> Path:
    """Where published sets are kept: $CNN_DATA, else the user's folder, without a home ./data."""
    return _from_environment() or user_folder() or HERE


def _default_root(data_set: DataSet) -> Path:
    """$CNN_DATA, else ./data if it holds the set; else the program's own files, or the store."""
    near = _from_environment() or HERE
    if not (data_set.files or data_set.is_included) or data_set.find(near):
        return near
    return SETS if data_set.is_included else store()


def _from_environment() -> Path | None:
    named = from_environment(ENVIRONMENT)
    return ForeignPath(named) if named else None
