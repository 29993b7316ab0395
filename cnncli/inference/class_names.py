"""The classes of any set as those of a network."""

import numpy as np

from cnncli.config.data import DataSpec
from cnncli.datasets.base import NamedSet
from cnncli.datasets.dataset import Split
from cnncli.datasets.formats.expansion import labels_below, number_names
from cnncli.datasets.labelled import Labelled
from cnncli.datasets.problems import Notify, problem
from cnncli.datasets.sets import data_sets
from cnncli.text import count, join_words, printable
from cnncli.training.storage.resume import SavedRun

from .preparation import training_set


def match(
    part: Labelled, spec: DataSpec, saved: SavedRun, where: str, notify: Notify
) -> tuple[Split, dict[str, int]]:
    """The images of classes that the network knows, with its labels, and how many others there are.

    Classes are found by their names, in whatever order. spec: of the set, which may name classes
    that are numbers; else these are the network's in their order. where: of the set, for messages.
    Raises DataError where the network knows no class, or numbers cannot be told.
    """
    classes, labels = saved.checkpoint.data.classes, part.split.labels
    names = part.names
    if names is None and spec.classes:
        names = spec.classes
        labels_below(where, labels, len(names), "name the others in data.classes")
    if names is None:
        names = _by_number(int(labels.max()) + 1, saved, where, notify)
    numbers = {name: number for number, name in enumerate(classes)}
    of_network = np.array([numbers.get(name, -1) for name in names])[labels]
    counts = np.bincount(labels, minlength=len(names)).tolist()
    left_out = {
        name: times
        for name, times in zip(names, counts, strict=True)
        if times and name not in numbers
    }
    known = np.flatnonzero(of_network >= 0)
    if not len(known):
        remedy = f"the network knows {join_words(map(printable, classes))}"
        raise problem(where, "images of the network's classes", join_words(left_out), remedy)
    if left_out:
        others = join_words(f"{printable(n)} ({count(k, 'image')})" for n, k in left_out.items())
        notify(f"warning: {where}: left out, as the network does not know them: {others}")
    seen = np.bincount(of_network[known], minlength=len(classes))
    if absent := [printable(name) for name, k in zip(classes, seen, strict=True) if not k]:
        notify(f"warning: {where}: no image of {join_words(absent)}")
    split = part.split if len(known) == len(labels) else part.split.part(known)
    return split._replace(labels=of_network[known]), left_out


def _by_number(count: int, saved: SavedRun, where: str, notify: Notify) -> tuple[str, ...]:
    """The names of so many classes that have only numbers.

    The network's are the same where it learned from numbers too, or there are as many of them.
    """
    classes, own = saved.checkpoint.data.classes, training_set(saved)
    plain = number_names(max(count, len(classes)))
    has_numbers = own.classes or isinstance(data_sets()[own.name], NamedSet)
    if classes == plain[: len(classes)]:
        return plain
    if not has_numbers and count != len(classes):
        remedy = "name them with data.classes in a configuration, and give that as --data"
        expected = f"names of classes, or numbers up to {len(classes) - 1}"
        raise problem(where, expected, f"numbers up to {count - 1}", remedy)
    first = printable(classes[0])
    notify(f"{where}: its classes are numbers, of the network's in their order: 0 is {first}")
    return classes + plain[len(classes) :]
