from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.datasets.base import NamedSet
from cnncli.datasets.published import fetch_set
from cnncli.datasets.sets import data_sets
from cnncli.errors import DataError
from tests.datasets.data_files import as_published, write_idx
from tests.messages import error_text


def get(name, root):
    return load(DataSpec(name=name, root=root), download=False, notify=pytest.fail)


@pytest.fixture
def mnist(rng):
    """Writes MNIST's four files, with a few images, into a folder."""

    def write(folder, ending=".gz"):
        folder.mkdir(parents=True, exist_ok=True)
        for part, count in (("train", 20), ("t10k", 10)):
            images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            write_idx(folder / f"{part}-images-idx3-ubyte{ending}", images)
            labels = np.arange(count, dtype=np.uint8) % 10
            write_idx(folder / f"{part}-labels-idx1-ubyte{ending}", labels)

    return write


def test_every_published_set_is_described():
    published = [data_set for data_set in data_sets().values() if data_set.files]
    assert [data_set.name for data_set in published] == list(data_sets())[:5]
    for data_set in published:
        assert isinstance(data_set, NamedSet)
        assert data_set.home.startswith("http")
        assert data_set.places
        assert data_set.by_hand
        for file in data_set.files:
            assert file.base.startswith("https://")
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.folder in ("", data_set.name)


def test_named_sets_before_formats():
    kinds = [isinstance(data_set, NamedSet) for data_set in data_sets().values()]
    assert kinds == sorted(kinds, reverse=True)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mnist", "."),
        ("mnist", "mnist"),
        ("mnist", "MNIST/raw"),
        ("fashion_mnist", "fashion_mnist"),
        ("fashion_mnist", "FashionMNIST/raw"),
    ],
)
def test_places_of_idx_files(tmp_path, mnist, name, place):
    mnist(tmp_path / place, ending="")
    assert data_sets()[name].find(tmp_path) == tmp_path / place
    dataset = get(name, tmp_path)
    assert dataset.train.images.shape == (20, 28, 28, 1)
    assert dataset.classes == data_sets()[name].description.classes
    assert dataset.classes[9] == ("9" if name == "mnist" else "ankle_boot")


def test_mnist_is_not_taken_for_fashion(tmp_path, mnist):
    mnist(tmp_path)
    assert data_sets()["mnist"].find(tmp_path)
    assert data_sets()["fashion_mnist"].find(tmp_path) is None


def test_a_part_of_the_files_is_not_the_set(tmp_path, mnist):
    mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert data_sets()["mnist"].find(tmp_path) is None


def test_a_file_is_no_root(tmp_path):
    (tmp_path / "file").touch()
    assert error_text(DataError, get, "svhn", tmp_path / "file") == (
        f"{tmp_path / 'file'}: expected a folder, found a file; "
        "set data.root to the folder around it"
    )


@contextmanager
def served(folder):
    """A server of the folder's files; gives its address and the list of what was asked."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def small_mnist(tmp_path, mnist, publish):
    """MNIST as it would be published if it were small: gives the folder that a server has."""
    there = tmp_path / "there"
    mnist(there / "mnist")
    files = data_sets()["mnist"].files
    publish("mnist", files=tuple(as_published(there / "mnist" / f.file, f) for f in files))
    return there


def test_a_set_of_several_files_is_fetched(tmp_path, small_mnist, monkeypatch):
    here, told = tmp_path / "here", []
    with served(small_mnist) as (mirror, asked):
        monkeypatch.setenv("CNN_DATA_MIRROR", mirror)
        spec = DataSpec(name="mnist", root=here)
        dataset = load(spec, download=True, notify=told.append)
    size = data_sets()["mnist"].download_size
    assert told == [f"mnist is not in {here}: downloading 4 files ({size:,} bytes)"]
    assert len(asked) == 4
    assert dataset.digest == get("mnist", small_mnist).digest
    assert len(list((here / "mnist").iterdir())) == 4


def test_what_is_there_stays(tmp_path, small_mnist):
    here = tmp_path / "here"
    (here / "mnist").mkdir(parents=True)
    name = "train-images-idx3-ubyte.gz"
    (here / "mnist" / name).write_bytes((small_mnist / "mnist" / name).read_bytes())
    with served(small_mnist) as (mirror, asked):
        paths = fetch_set(data_sets()["mnist"], here, notify=pytest.fail, mirror=mirror)
    assert [path.parent for path in paths] == [here / "mnist"] * 4
    assert len(asked) == 3
    assert f"/mnist/{name}" not in " ".join(asked)


def test_a_set_that_comes_only_in_part(tmp_path, small_mnist, monkeypatch):
    (small_mnist / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    here = tmp_path / "here"
    with served(small_mnist) as (mirror, _):
        monkeypatch.setenv("CNN_DATA_MIRROR", mirror)
        with pytest.raises(DataError) as error:
            load(DataSpec(name="mnist", root=here), download=True, notify=lambda _: None)
    assert str(error.value) == (
        f"{here}: mnist is not there (its four files in mnist/ or MNIST/raw/ or here); "
        f"download: {mirror}mnist/t10k-labels-idx1-ubyte.gz: the server answers 404 Not "
        "Found; try another mirror; put train-images-idx3-ubyte.gz and the other three there, "
        "from http://yann.lecun.com/exdb/mnist/"
    )
