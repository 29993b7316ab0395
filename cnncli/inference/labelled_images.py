"""The labelled images that a trained network is judged on: of its own set, or of any other."""

import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import section
from cnncli.data.load import check_split, load_part
from cnncli.data.load import split as split_of
from cnncli.datasets.base import NamedSet
from cnncli.datasets.dataset import Split
from cnncli.datasets.formats.idx_pair import prefix_of, there
from cnncli.datasets.problems import Notify, problem
from cnncli.datasets.sets import data_sets
from cnncli.datasets.sets.mnist import PARTS
from cnncli.errors import DataError
from cnncli.text import count
from cnncli.training.storage.checkpoint import IMPORTED
from cnncli.training.storage.resume import SavedRun, load_images
from cnncli.training.tools.convert import check_image_size

from .class_names import match
from .ground import fit
from .preparation import check_scores, check_size, reading_of, training_set

_KINDS = {".npz": "npz", ".csv": "csv"}
_CONFIGURATIONS = (".yaml", ".yml")


@dataclass(frozen=True)
class Judged:
    """Images with the network's own classes for labels.

    name: of the set, or its place. part: its name; None: these are all images of a set that is in
    no parts. left_out: how many images there are of each class that the network does not know.
    remarks: of how they are read, complete when they have been. is_changed: whether the set is
    called like that of the training, and has other images.
    """

    split: Split
    name: str
    part: str | None
    left_out: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    is_changed: bool = False


def labelled_images(saved: SavedRun, wanted: str, data: Path | None, notify: Notify) -> Judged:
    """The part of that name of the run's own set, or of the set that is at `data`.

    Raises DataError where there are no such images, or of no class of the network, UsageError
    where the network does not take their size, or there is no such split.
    """
    check_split(wanted)
    own, used = training_set(saved), saved.checkpoint.data
    if data is None:
        if used.name == IMPORTED:
            raise DataError(
                f"{saved.path}: another program's network, of which no images are known: say which "
                "ones to judge it on, with --data"
            )
        return _own(saved, own, wanted, notify)
    spec = _section(data, own)
    is_by_name = isinstance(data_sets()[spec.name], NamedSet)
    if spec.name == used.name and is_by_name and not used.stand_in_for:
        return _own(saved, replace(own, root=spec.root), wanted, notify)
    return _other(saved, spec, data, wanted, notify)


def _section(data: Path, own: DataSpec) -> DataSpec:
    """The set at a path: of the run's own kind with its settings, if it can be one."""
    if data.suffix in _CONFIGURATIONS:
        return section(str(data), None)
    if not os.path.exists(data):
        kinds = "a folder of classes, an .npz, .csv or IDX file, or a configuration"
        raise problem(data, kinds, "none", "check the name")
    if kind := _KINDS.get(data.suffix.lower()):
        name = kind
    elif isinstance(data_sets()[own.name], NamedSet) and data_sets()[own.name].find(data):
        name = own.name
    else:
        is_idx = prefix_of(data) or any(there(data, part) for part in PARTS)
        name = "idx" if is_idx else "folder"
    return replace(own, root=data) if name == own.name else DataSpec(name=name, root=data)


def _own(saved: SavedRun, spec: DataSpec, wanted: str, notify: Notify) -> Judged:
    """Of the set that the network learned from, also if that is another by now."""
    try:
        return _same_images(saved, spec, wanted, notify)
    except DataError as error:
        failure = error.with_traceback(None)  # which holds the images
    try:
        part = load_part(spec, reading_of(saved, spec), wanted)
        split, left_out = match(part, spec, saved, spec.name, notify)
    except DataError:
        raise failure from None
    check_scores(saved)
    check_size(spec.name, split.images, saved.graph.image)
    images = count(len(split.labels), "image")
    which = f"the {wanted} split" if part.part else "all, those of the training too"
    notify(f"warning: {failure}")
    notify(f"warning: judged all the same, on the {images} that are there now: {which}")
    return Judged(split, spec.name, part.part, left_out, part.remarks, is_changed=True)


def _same_images(saved: SavedRun, spec: DataSpec, wanted: str, notify: Notify) -> Judged:
    """Raises DataError where the set is not the one of the training."""
    now = replace(saved.spec, data=spec)
    dataset = load_images(now, download=False, notify=notify, used=saved.checkpoint.data)
    check_image_size(saved.graph, dataset, saved.path)
    return Judged(split_of(dataset, wanted), dataset.name, wanted)


def _other(saved: SavedRun, spec: DataSpec, data: Path, wanted: str, notify: Notify) -> Judged:
    """Of any set; of one without parts that is the run's own, moved, the part that was drawn."""
    check_scores(saved)
    own, used = training_set(saved), saved.checkpoint.data
    failure: DataError | None = None
    try:
        part = load_part(spec, reading_of(saved, spec), wanted)
    except DataError as error:
        failure = error
    if (failure or part.part is None) and spec.name == used.name and not used.stand_in_for:
        notes: list[str] = []
        with suppress(DataError):
            found = _same_images(saved, replace(own, root=spec.root), wanted, notes.append)
            for note in notes:
                notify(note)
            return found
    if failure:
        raise failure
    split, left_out = match(part, spec, saved, f"{data}", notify)
    check_size(f"{data}", split.images, saved.graph.image)
    if part.part is None:
        notify(f"{data}: is in no parts: all images are judged")
    split = split._replace(images=fit(split, saved, notify))
    return Judged(split, str(data), part.part, left_out, part.remarks)
