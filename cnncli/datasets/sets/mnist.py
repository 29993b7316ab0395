"""MNIST and Fashion-MNIST, each in four IDX files.

MNIST: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".
Fashion-MNIST: H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import FIGURES, PLAIN, Description, NamedSet, Reading
from cnncli.datasets.download.published_file import PublishedFile
from cnncli.geometry import Volume

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts

REMEDY = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"
PARTS = ("train", "t10k")
"""How names of files to train and to test on begin."""
_FILES = tuple(
    f"{part}-{kind}-ubyte.gz" for part in PARTS for kind in ("images-idx3", "labels-idx1")
)


@dataclass(frozen=True, kw_only=True)
class Mnist(NamedSet):
    """A set in four IDX files, in one of its folders below a data root."""

    folders: tuple[str, ...]

    def find(self, root: Path) -> Path | None:
        """The first of the set's folders that holds all four files."""
        from cnncli.datasets.formats.idx_pair import has_parts

        folders = (root / folder for folder in self.folders)
        return next((folder for folder in folders if has_parts(folder, PARTS)), None)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        """Images and labels. Raises DataError for files that are not as they should be."""
        from cnncli.datasets.dataset import Parts
        from cnncli.datasets.formats.idx_pair import read_parts

        own, classes, _ = self.description
        train, test = read_parts(place, PARTS, own, len(classes), REMEDY)
        return Parts(classes, train, test)


def _mnist(
    name: str,
    classes: tuple[str, ...],
    home: str,
    base: str,
    folders: tuple[str, ...],
    *files: tuple[int, str],
) -> Mnist:
    """files: size and SHA-256 of each, in the order of their names."""
    places = " or ".join(f"{folder}/" if folder else "here" for folder in folders)
    return Mnist(
        name=name,
        description=Description(Volume(28, 28, 1), classes),
        counts=(60_000, 10_000),
        home=home,
        files=tuple(PublishedFile(base, n, *f, name) for n, f in zip(_FILES, files, strict=True)),
        places=f"its four files in {places}",
        by_hand=f"{_FILES[0]} and the other three",
        folders=folders,
    )


MNIST = _mnist(
    "mnist",
    FIGURES,
    "http://yann.lecun.com/exdb/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ("mnist", "MNIST/raw", ""),
    (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)

FASHION_MNIST = _mnist(
    "fashion_mnist",
    ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
     "ankle_boot"),
    "https://github.com/zalandoresearch/fashion-mnist",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ("fashion_mnist", "FashionMNIST/raw"),  # not the root: its files are called like MNIST's
    (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)  # fmt: skip
