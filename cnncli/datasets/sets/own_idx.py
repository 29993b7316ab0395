"""One's own images in MNIST's layout: four IDX files, with labels for classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.bounds import MAX_CLASSES
from cnncli.datasets.base import PLAIN, Counts, DataSet, Description, Reading

from .mnist import PARTS, REMEDY

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts
    from cnncli.datasets.labelled import Labelled


class OwnIdx(DataSet):
    """Images of any size, (N, H, W) or (N, H, W, C); the labels to train on decide the classes."""

    def describe(self, root: Path, reading: Reading) -> Description:
        """By the headers and the labels; the images themselves are not read."""
        from cnncli.datasets.formats.expansion import count_classes, number_names
        from cnncli.datasets.formats.idx_pair import look

        train = look(root, PARTS[0], REMEDY)
        classes = count_classes(train.labels, train.read_labels(), REMEDY)
        return Description(train.size, number_names(classes))

    def count_images(self, place: Path, reading: Reading) -> Counts:
        from cnncli.datasets.formats.idx_pair import look

        train, test = (look(place, part, REMEDY).shape[0] for part in PARTS)
        return Counts(train, test)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.dataset import Parts
        from cnncli.datasets.formats.idx_pair import read_parts

        own, classes, _ = self.describe(place, PLAIN)
        train, test = read_parts(place, PARTS, own, len(classes), REMEDY)
        return Parts(classes, train, test)

    def part(self, place: Path, reading: Reading, name: str) -> Labelled:
        """place: a folder, or a file of images, of which all are taken."""
        from cnncli.datasets.formats.idx_pair import prefix_of, read_parts, there
        from cnncli.datasets.labelled import Labelled, choose

        if own_prefix := prefix_of(place):
            (split,) = read_parts(place.parent, [own_prefix], None, MAX_CLASSES, REMEDY)
            return Labelled(split, None, None)
        own = dict(zip(("train", "test"), PARTS, strict=True))
        parts = {each: own[each] for each in own if there(place, own[each])}
        found, prefix = choose(place, parts, name)
        (split,) = read_parts(place, [prefix], None, MAX_CLASSES, REMEDY)
        return Labelled(split, None, found)


IDX = OwnIdx(name="idx", options=("classes",))
