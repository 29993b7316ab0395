"""Sets made of IDX files: MNIST and those in its layout, and the digits shipped with cnn.

MNIST: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".
Fashion-MNIST: H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747 (2017).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnncli.layers.hyperparameters import Volume

from .catalogue import NAMED
from .checks import count_classes, few_enough, labels_below, numbered, paired
from .dataset import Labels, Parts, Split
from .faults import absent, fault
from .idx import read_idx, read_shape

_REMEDY = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"
PLACES = {
    "mnist": ("mnist", "MNIST/raw", ""),
    "fashion_mnist": ("fashion_mnist", "FashionMNIST/raw"),
}
"""The folders below a data root where a set is looked for; that of Fashion-MNIST must be its own,
for its files are called like those of MNIST."""
_SPLITS = ("train", "t10k")
_DIGITS_REMEDY = "get the folder data/digits of the project, or set data.root to it"


@dataclass(frozen=True)
class Found:
    """A published set, in a folder that has all its files."""

    name: str
    path: Path

    def read(self) -> Parts:
        """Images and labels. Raises DataError for files that are not as they should be."""
        size, classes = NAMED[self.name]
        train, test = (_split(self.path, part, size, len(classes)) for part in _SPLITS)
        return Parts(classes, train, test)


def find(name: str, root: Path) -> Found | None:
    """The first of the set's places that holds all four files."""
    for place in PLACES[name]:
        folder = root / place
        if all(_path(folder, part, kind) for part in _SPLITS for kind in ("images", "labels")):
            return Found(name, folder)
    return None


def find_idx(folder: Path, part: str, kind: str, remedy: str) -> Path:
    """The file of a part's images or labels. Raises DataError where there is none."""
    if found := _path(folder, part, kind):
        return found
    raise absent(folder / f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte", remedy)


def _path(folder: Path, part: str, kind: str) -> Path | None:
    """PART-images-idx3-ubyte or PART-labels-idx1-ubyte, plain or .gz; colour images have idx4."""
    ranks = (1,) if kind == "labels" else (3, 4)
    for rank in ranks:
        for separator in "-.":
            for ending in ("", ".gz"):
                path = folder / f"{part}-{kind}{separator}idx{rank}-ubyte{ending}"
                if path.is_file():
                    return path
    return None


def describe(root: Path) -> tuple[Volume, tuple[str, ...]]:
    """Image size and classes of one's own set; the images themselves are not read."""
    _, height, width, *channels = read_shape(find_idx(root, "train", "images", _REMEDY), (3, 4))
    path = find_idx(root, "train", "labels", _REMEDY)
    classes = count_classes(path, _labels(path, _REMEDY), _REMEDY)
    return Volume(width, height, channels[0] if channels else 1), numbered(classes)


def load_own(root: Path) -> Parts:
    """A set of one's own, with train- and t10k-files."""
    size, classes = describe(root)
    train, test = (_split(root, part, size, len(classes)) for part in _SPLITS)
    return Parts(classes, train, test)


def load_digits(root: Path) -> Parts:
    """The 1,797 digits: one list, of which every fifth is to test on."""
    size, classes = NAMED["digits"]
    whole = _split(find_digits(root) or root, "digits", size, len(classes), _DIGITS_REMEDY)
    test = np.arange(len(whole.labels)) % 5 == 4
    train, held = (Split(whole.images[part], whole.labels[part]) for part in (~test, test))
    return Parts(classes, train, held)


def find_digits(root: Path) -> Path | None:
    """Their folder: below the root, or the root itself."""
    folders = (root / "digits", root)
    return next((folder for folder in folders if _path(folder, "digits", "images")), None)


def _split(folder: Path, part: str, size: Volume, classes: int, remedy: str = _REMEDY) -> Split:
    path = find_idx(folder, part, "images", remedy)
    images = read_idx(path, (3, 4))
    if images.ndim == 3:
        images = images[..., None]
    found = Volume(images.shape[2], images.shape[1], images.shape[3])
    if found != size:
        raise fault(path, f"images of {size}", str(found), remedy)
    path = find_idx(folder, part, "labels", remedy)
    labels = _labels(path, remedy)
    labels_below(path, labels, classes, remedy)
    return paired(path, images, labels, remedy)


def _labels(path: Path, remedy: str) -> Labels:
    few_enough(path, read_shape(path, (1,))[0], remedy)
    return read_idx(path, (1,)).astype(np.int64)
