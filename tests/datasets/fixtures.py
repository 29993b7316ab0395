"""Small data sets, a server for downloads, and what was published, as a test says."""

from dataclasses import replace

import numpy as np
import pytest

from cnncli.datasets.sets import data_sets
from tests.datasets.data_files import as_published, binary, write_idx
from tests.datasets.servers import published, serving


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch, no_sets):
    """Neither the user's data nor a mirror or proxy of theirs."""
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]
    for name in ("CNN_DATA", "CNN_DATA_MIRROR", *proxies, *map(str.upper, proxies)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(no_sets))


@pytest.fixture(scope="session")
def no_sets(tmp_path_factory):
    """The cache of a user who has fetched nothing."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def publish(monkeypatch):
    """publish(name, **values): the data set of that name has these values from now on."""

    def change(name, **values):
        monkeypatch.setitem(data_sets(), name, replace(data_sets()[name], **values))

    return change


@pytest.fixture
def publish_archive(publish):
    """publish_archive(name, path): the archive of that set is the one at the path."""

    def change(name, path):
        layouts = data_sets()[name].layouts
        own = next(layout for layout in layouts if layout.archive.file == path.name)
        new = replace(own, archive=as_published(path, own.archive))
        publish(name, layouts=tuple(new if layout is own else layout for layout in layouts))

    return change


@pytest.fixture
def batches(rng):
    """Five batches to train and one to test on: (images NHWC, labels) by name."""
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    return {
        name: (
            rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8),
            rng.integers(0, 10, count),
        )
        for count, name in enumerate(names, start=2)
    }


@pytest.fixture
def cifar10(tmp_path, batches):
    """A root with a small CIFAR-10 in the binary layout."""
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for name, (images, labels) in batches.items():
        (folder / f"{name}.bin").write_bytes(binary(images, labels))
    return tmp_path


@pytest.fixture
def server():
    """A server that has a file, and behaves as its script says."""
    with serving() as server:
        yield server


@pytest.fixture
def remote(server):
    """The file that the server has."""
    return published(server.base)


@pytest.fixture
def arrays(rng):
    """A small set in the form of NumPy's archives."""
    return {
        "x_train": rng.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8),
        "y_train": np.array([0, 1, 3, 3, 2]),
        "x_test": rng.integers(0, 256, (2, 4, 6, 3), dtype=np.uint8),
        "y_test": np.array([3, 0]),
    }


@pytest.fixture
def npz(tmp_path, arrays):
    """The path of that set."""
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture
def write_mnist(rng):
    """Writes MNIST's four files, with a few images, into a folder."""

    def write(folder, ending=".gz"):
        folder.mkdir(parents=True, exist_ok=True)
        for part, count in (("train", 20), ("t10k", 10)):
            images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            write_idx(folder / f"{part}-images-idx3-ubyte{ending}", images)
            labels = np.arange(count, dtype=np.uint8) % 10
            write_idx(folder / f"{part}-labels-idx1-ubyte{ending}", labels)

    return write


@pytest.fixture
def small_mnist(tmp_path, write_mnist, publish):
    """A root with MNIST as it would be published if it had 20 + 10 images."""
    root = tmp_path / "there"
    write_mnist(root / "mnist")
    files = tuple(as_published(root / "mnist" / f.file, f) for f in data_sets()["mnist"].files)
    publish("mnist", files=files, counts=(20, 10))
    return root
