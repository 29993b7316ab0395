"""The sets that their authors published: where they come from, and where they are looked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from cnncli.datasets.dataset import Parts
from cnncli.datasets.download.fetch import fetch
from cnncli.datasets.download.published_file import Remote, check
from cnncli.datasets.problems import MissingError, Notify, fault

from . import cifar, mnist, svhn


class Found(Protocol):
    """All files of a set, in a folder or an archive."""

    @property
    def path(self) -> Path:
        """Where they are."""

    def read(self) -> Parts:
        """The images and labels. Raises DataError for files that are not as they should."""


@dataclass(frozen=True)
class Published:
    """A set's home page, its files, the places below a root where it may lie, and who finds it.

    by_hand: which files to put there if they are not fetched.
    """

    home: str
    remotes: tuple[Remote, ...]
    places: str
    by_hand: str
    find: Callable[[Path], Found | None]

    @property
    def size(self) -> int:
        """Bytes of all files that are fetched."""
        return sum(remote.size for remote in self.remotes)


def _cifar(name: str, archive: Remote) -> Published:
    layouts = cifar.LAYOUTS[name]
    return Published(
        cifar.HOME,
        (archive,),
        f"{', '.join(layout.folder + '/' for layout in layouts)} or an archive",
        " or ".join(layout.archive for layout in layouts),
        partial(cifar.find, name),
    )


def _remotes(base: str, folder: str, *files: tuple[str, int, str]) -> tuple[Remote, ...]:
    return tuple(Remote(base, file, size, sha256, folder) for file, size, sha256 in files)


def _idx(name: str, home: str, base: str, *files: tuple[str, int, str]) -> Published:
    places = " or ".join(f"{place}/" if place else "here" for place in mnist.PLACES[name])
    return Published(
        home,
        _remotes(base, name, *files),
        f"its four files in {places}",
        f"{files[0][0]} and the other three",
        partial(mnist.find, name),
    )


_KRIZ = "https://www.cs.toronto.edu/~kriz/"

PUBLISHED = {
    "cifar10": _cifar(
        "cifar10",
        Remote(
            _KRIZ,
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
    ),
    "cifar100": _cifar(
        "cifar100",
        Remote(
            _KRIZ,
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ),
    ),
    "mnist": _idx(
        "mnist",
        "http://yann.lecun.com/exdb/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    "fashion_mnist": _idx(
        "fashion_mnist",
        "https://github.com/zalandoresearch/fashion-mnist",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        (
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    "svhn": Published(
        svhn.HOME,
        _remotes(
            svhn.HOME,
            "svhn",
            (
                svhn.FILES[0],
                182_040_794,
                "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            ),
            (
                svhn.FILES[1],
                64_275_384,
                "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
            ),
        ),
        "its two files in svhn/ or here",
        " and ".join(svhn.FILES),
        svhn.find,
    ),
}


def find(name: str, root: Path) -> Found | None:
    """The set's files below the root, if all are there. Raises DataError where it is a file."""
    if root.is_file():
        raise fault(root, "a folder", "a file", "set data.root to the folder around it")
    return PUBLISHED[name].find(root)


def check_files(name: str, root: Path) -> list[Path]:
    """The files of the set that are there as they were published.

    Raises DataError for one that is another than its authors'.
    """
    checked, found = [], find(name, root)
    for remote in PUBLISHED[name].remotes:
        places = {root / remote.folder / remote.file: None}
        if found:
            places |= {found.path: None, found.path / remote.file: None}
        for path in places:
            if path.name == remote.file and path.is_file():
                check(path, remote, path, f"remove it, and run `cnn data fetch {name}`")
                checked.append(path)
    return checked


def missing(name: str, root: Path, failed: str | None = None) -> MissingError:
    """That the set was not found, why its download failed, and what to do."""
    known = PUBLISHED[name]
    way = f"download: {failed}; put" if failed else f"get it with `cnn data fetch {name}`, or put"
    return MissingError(
        f"{root}: {name} is not there ({known.places}); {way} {known.by_hand} there, "
        f"from {known.home}"
    )


def fetch_set(
    name: str, root: Path, *, notify: Notify, mirror: str | None = None, progress: bool = False
) -> list[Path]:
    """All files of the set, below the root; those that are there as published stay.

    Raises as `fetch` does.
    """
    return [
        fetch(remote, root, notify=notify, mirror=mirror, progress=progress)
        for remote in PUBLISHED[name].remotes
    ]
