"""Sets made of IDX files: MNIST, one's own in MNIST's layout, and the digits shipped with cnn."""

from pathlib import Path

import numpy as np

from cnncli.layers.hyperparameters import Volume

from .catalogue import NAMED
from .checks import count_classes, labels_below, numbered, paired
from .dataset import Labels, Parts, Split
from .faults import absent, fault
from .idx import read_idx, read_shape

_REMEDY = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"
_DIGITS_REMEDY = "get the folder data/digits of the project, or set data.root to it"


def find_idx(folder: Path, part: str, kind: str, remedy: str) -> Path:
    """PART-images-idx3-ubyte or PART-labels-idx1-ubyte, plain or .gz; colour images have idx4."""
    ranks = (1,) if kind == "labels" else (3, 4)
    for rank in ranks:
        for separator in "-.":
            for ending in ("", ".gz"):
                path = folder / f"{part}-{kind}{separator}idx{rank}-ubyte{ending}"
                if path.is_file():
                    return path
    raise absent(folder / f"{part}-{kind}-idx{ranks[0]}-ubyte", remedy)


def describe(root: Path) -> tuple[Volume, tuple[str, ...]]:
    """Image size and classes of one's own set; the images themselves are not read."""
    _, height, width, *channels = read_shape(find_idx(root, "train", "images", _REMEDY), (3, 4))
    path = find_idx(root, "train", "labels", _REMEDY)
    classes = count_classes(path, read_idx(path, (1,)).astype(np.int64), _REMEDY)
    return Volume(width, height, channels[0] if channels else 1), numbered(classes)


def load_mnist(root: Path) -> Parts:
    """MNIST, from the root itself or its folder `mnist`."""
    size, classes = NAMED["mnist"]
    folder = _below(root, "mnist")
    train, test = (_split(folder, part, size, len(classes)) for part in ("train", "t10k"))
    return Parts(classes, train, test)


def load_own(root: Path) -> Parts:
    """A set of one's own, with train- and t10k-files."""
    size, classes = describe(root)
    train, test = (_split(root, part, size, len(classes)) for part in ("train", "t10k"))
    return Parts(classes, train, test)


def load_digits(root: Path) -> Parts:
    """The 1,797 digits: one list, of which every fifth is to test on."""
    size, classes = NAMED["digits"]
    whole = _split(_below(root, "digits"), "digits", size, len(classes), _DIGITS_REMEDY)
    test = np.arange(len(whole.labels)) % 5 == 4
    train, held = (Split(whole.images[part], whole.labels[part]) for part in (~test, test))
    return Parts(classes, train, held)


def _below(root: Path, name: str) -> Path:
    return root / name if (root / name).is_dir() else root


def _split(folder: Path, part: str, size: Volume, classes: int, remedy: str = _REMEDY) -> Split:
    path = find_idx(folder, part, "images", remedy)
    images = read_idx(path, (3, 4))
    if images.ndim == 3:
        images = images[..., None]
    found = Volume(images.shape[2], images.shape[1], images.shape[3])
    if found != size:
        raise fault(path, f"images of {size}", str(found), remedy)
    path = find_idx(folder, part, "labels", remedy)
    labels: Labels = read_idx(path, (1,)).astype(np.int64)
    labels_below(path, labels, classes, remedy)
    return paired(path, images, labels, remedy)
