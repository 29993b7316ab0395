"""CIFAR-10 and CIFAR-100: where their files are, in which layout, and what they hold.

Both were published by A. Krizhevsky (Learning multiple layers of features from tiny images, 2009)
at https://www.cs.toronto.edu/~kriz/cifar.html, in a binary layout and as Python pickles.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import PLAIN, Description, NamedSet, Reading
from cnncli.datasets.download.published_file import PublishedFile
from cnncli.geometry import Volume
from cnncli.lazy import np

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts, Split

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
REMEDY = f"get it again from {HOME}"
_BASE = "https://www.cs.toronto.edu/~kriz/"
_SUMS = """\
cifar-10-binary.tar.gz 170052171 c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd
cifar-10-python.tar.gz 170498071 6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce
cifar-100-binary.tar.gz 168513733 58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec
cifar-100-python.tar.gz 169001437 85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7
"""
_ARCHIVES = {
    file: PublishedFile(_BASE, file, int(size), sha256)
    for file, size, sha256 in map(str.split, _SUMS.splitlines())
}
_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
_UNPACK = "unpack it: its .bin files are read"


@dataclass(frozen=True)
class Layout:
    """How a set's files are called."""

    folder: str
    archive: PublishedFile
    train: tuple[str, ...]
    test: tuple[str, ...]
    is_pickled: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """Of what holds the files."""
        return self.folder, self.archive.file

    def is_in(self, folder: Path) -> bool:
        """Whether one of its files is."""
        return any(os.path.isfile(folder / file) for file in self.train + self.test)


@dataclass(frozen=True, kw_only=True)
class Cifar(NamedSet):
    """A set in its layouts, of which the first is preferred."""

    layouts: tuple[Layout, ...]

    def find(self, root: Path) -> Path | None:
        """Folders below the root come first, then the root itself, then archives."""
        folders = [root / layout.folder for layout in self.layouts]
        archives = [root / layout.archive.file for layout in self.layouts]
        if any(layout.is_in(root) for layout in self.layouts):
            folders.append(root)
        found = [folder for folder in folders if os.path.isdir(folder)]
        found += [archive for archive in archives if os.path.isfile(archive)]
        return found[0] if found else None

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        """Images (N, 32, 32, 3) and labels. Raises DataError for files not as they should be."""
        from cnncli.datasets.dataset import Parts
        from cnncli.datasets.formats.archive import read_archive, read_folder

        known = (each for each in self.layouts if place.name in each.names or each.is_in(place))
        layout = next(known)
        names = layout.train + layout.test
        if os.path.isdir(place):
            files = read_folder(place, names, REMEDY)
        else:
            remedy = REMEDY if layout.is_pickled else _UNPACK
            files = read_archive(place, layout.archive, layout.folder, names, remedy)
            place /= layout.folder
        train, test = (
            self._split({place / name: files.pop(name) for name in part}, layout.is_pickled)
            for part in (layout.train, layout.test)
        )
        return Parts(self.description.classes, train, test)

    def _split(self, files: dict[Path, bytes], is_pickled: bool) -> Split:
        """The images of some files, whose bytes are dropped when they were read."""
        from cnncli.datasets.dataset import Split
        from cnncli.datasets.formats.expansion import labels_below

        if is_pickled:
            from cnncli.datasets.formats.cifar_pickle import decode
        else:
            from cnncli.datasets.formats.cifar_binary import decode
        batches = []
        for path in list(files):
            flat, labels = decode(self.name, str(path), files.pop(path))
            labels_below(path, labels, len(self.description.classes), REMEDY)
            batches.append((flat, labels))
        images = np.empty((sum(len(labels) for _, labels in batches), 32, 32, 3), np.uint8)
        start = 0
        for flat, labels in batches:
            # Each image is stored as three planes: red, green, blue.
            planes = flat.reshape(-1, 3, 32, 32)
            images[start : start + len(labels)] = planes.transpose(0, 2, 3, 1)
            start += len(labels)
        return Split(images, np.concatenate([labels for _, labels in batches]))


def _cifar(name: str, counts: tuple[int, int], classes: str, *layouts: Layout) -> Cifar:
    return Cifar(
        name=name,
        description=Description(Volume(32, 32, 3), tuple(classes.split())),
        counts=counts,
        home=HOME,
        files=(layouts[0].archive,),
        places=f"{', '.join(layout.folder + '/' for layout in layouts)} or an archive",
        by_hand=" or ".join(layout.archive.file for layout in layouts),
        layouts=layouts,
    )


CIFAR10 = _cifar(
    "cifar10",
    (50_000, 10_000),
    "airplane automobile bird cat deer dog frog horse ship truck",
    Layout(
        "cifar-10-batches-bin",
        _ARCHIVES["cifar-10-binary.tar.gz"],
        tuple(f"{batch}.bin" for batch in _BATCHES),
        ("test_batch.bin",),
    ),
    Layout(
        "cifar-10-batches-py",
        _ARCHIVES["cifar-10-python.tar.gz"],
        _BATCHES,
        ("test_batch",),
        is_pickled=True,
    ),
)

CIFAR100 = _cifar(
    "cifar100",
    (50_000, 10_000),
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
    cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
    lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """,
    Layout(
        "cifar-100-binary",
        _ARCHIVES["cifar-100-binary.tar.gz"],
        ("train.bin",),
        ("test.bin",),
    ),
    Layout(
        "cifar-100-python",
        _ARCHIVES["cifar-100-python.tar.gz"],
        ("train",),
        ("test",),
        is_pickled=True,
    ),
)
