from http.server import SimpleHTTPRequestHandler

import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.datasets.base import NamedSet
from cnncli.datasets.published import fetch_set
from cnncli.datasets.sets import data_sets
from cnncli.errors import DataError
from tests.datasets.reading import get
from tests.datasets.servers import serving
from tests.messages import error_text


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
def test_places_of_idx_files(tmp_path, write_mnist, name, place):
    write_mnist(tmp_path / place, ending="")
    assert data_sets()[name].find(tmp_path) == tmp_path / place
    dataset = get(name, tmp_path)
    assert dataset.train.images.shape == (20, 28, 28, 1)
    assert dataset.classes == data_sets()[name].description.classes
    assert dataset.classes[9] == ("9" if name == "mnist" else "ankle_boot")


def test_mnist_is_not_taken_for_fashion(tmp_path, write_mnist):
    write_mnist(tmp_path)
    assert data_sets()["mnist"].find(tmp_path)
    assert data_sets()["fashion_mnist"].find(tmp_path) is None


def test_a_part_of_the_files_is_not_the_set(tmp_path, write_mnist):
    write_mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert data_sets()["mnist"].find(tmp_path) is None


class Files(SimpleHTTPRequestHandler):
    """Gives the files of the folder that is the server's `content`."""

    def __init__(self, request, address, server):
        super().__init__(request, address, server, directory=server.content)

    def log_message(self, *_):
        self.server.asked.append(self.path)


@pytest.fixture
def mirror(small_mnist, monkeypatch):
    """A server of the small MNIST, which is the mirror; its address is `root`."""
    with serving(Files) as server:
        server.content, server.root = small_mnist, server.base.removesuffix("sets/")
        monkeypatch.setenv("CNN_DATA_MIRROR", server.root)
        yield server


def test_a_set_of_several_files_is_fetched(tmp_path, small_mnist, mirror):
    here, told = tmp_path / "here", []
    dataset = load(DataSpec(name="mnist", root=here), download=True, notify=told.append)
    size = data_sets()["mnist"].download_size
    assert told == [f"mnist is not in {here}: downloading 4 files ({size:,} bytes)"]
    assert len(mirror.asked) == 4
    assert dataset.digest == get("mnist", small_mnist).digest
    assert len(list((here / "mnist").iterdir())) == 4


def test_what_is_there_stays(tmp_path, small_mnist, mirror):
    here = tmp_path / "here"
    (here / "mnist").mkdir(parents=True)
    name = "train-images-idx3-ubyte.gz"
    (here / "mnist" / name).write_bytes((small_mnist / "mnist" / name).read_bytes())
    paths = fetch_set(data_sets()["mnist"], here, notify=pytest.fail, mirror=mirror.root)
    assert [path.parent for path in paths] == [here / "mnist"] * 4
    assert len(mirror.asked) == 3
    assert f"/mnist/{name}" not in mirror.asked


def test_a_set_that_comes_only_in_part(tmp_path, small_mnist, mirror):
    (small_mnist / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    here = tmp_path / "here"
    spec = DataSpec(name="mnist", root=here)
    assert error_text(DataError, load, spec, download=True, notify=lambda _: None) == (
        f"{here}: mnist is not there (its four files in mnist/ or MNIST/raw/ or here); "
        f"download: {mirror.root}mnist/t10k-labels-idx1-ubyte.gz: the server answers 404 Not "
        "Found; try another mirror; put train-images-idx3-ubyte.gz and the other three there, "
        "from http://yann.lecun.com/exdb/mnist/"
    )
