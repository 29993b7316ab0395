"""Folders of images that stay on the disk: what is read is what would have been in memory."""

import pickle
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from cnncli.data.batches import Batches
from cnncli.data.channel_stats import channel_stats
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import chunks
from cnncli.datasets.formats import image_folder as folder
from cnncli.datasets.formats.images import FolderImages
from cnncli.kernels.workspace import Workspace
from cnncli.problems import ConfigError
from cnncli.transforms.augmentations import Crop, Flip
from tests.datasets.reading import fault, get
from tests.messages import error_text

CLASSES = ("ant", "bee", "cow")
PER_CLASS = 60


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """180 images of 64x48 in colour: 1.6 MiB."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(5)
    for name in CLASSES:
        (root / name).mkdir()
        for i in range(PER_CLASS):
            array = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            Image.fromarray(array).save(root / name / f"{i:03}.png", compress_level=1)
    return root


@pytest.fixture(scope="module")
def both(root):
    """The set in memory, and on the disk."""
    return tuple(get("folder", root, memory=memory, validation=20, limit=100) for memory in (2, 1))


def test_where_the_images_are(both):
    held, streamed = both
    assert isinstance(held.train.images, np.ndarray)
    for split in (streamed.train, streamed.validation, streamed.test):
        assert isinstance(split.images, FolderImages)


def test_the_same_images(both):
    held, streamed = both
    assert streamed.digest == held.digest
    assert streamed.classes == held.classes == CLASSES
    for name in ("train", "validation", "test"):
        one, other = getattr(held, name), getattr(streamed, name)
        assert one.images.shape == other.images.shape == (len(other.images), 48, 64, 3)
        np.testing.assert_array_equal(one.images, np.asarray(other.images))
        np.testing.assert_array_equal(one.labels, other.labels)
    assert channel_stats(streamed.train) == channel_stats(held.train)


@pytest.mark.parametrize("mixup", [0.0, 0.5])
def test_the_same_batches(both, mixup):
    pipeline, workspace = Pipeline(None, [Flip(), Crop(pad=2)], 3), Workspace()
    epochs = [
        Batches(dataset.train, pipeline, 32, 7, shuffle=True, mixup=mixup) for dataset in both
    ]
    for step in range(epochs[0].steps - 1):
        held, streamed = (batches.batch(1, step).part(5, 30) for batches in epochs)
        # a part that is sent to another process takes the names of its files along
        sent = pickle.loads(pickle.dumps(streamed))
        assert len(pickle.dumps(streamed)) < 25 * 2 * 200 + 3000
        np.testing.assert_array_equal(held.images(workspace), sent.images(workspace))
        np.testing.assert_array_equal(held.labels, sent.labels)


def test_an_index_reads_nothing(both, monkeypatch):
    images = both[1].train.images
    monkeypatch.setattr("cnncli.datasets.formats.images.decode", pytest.fail)
    part = images[10:60:3][np.array([4, 0, 4])]
    assert part.shape == (3, 48, 64, 3)
    monkeypatch.undo()
    np.testing.assert_array_equal(np.asarray(part), both[0].train.images[[22, 10, 22]])


def test_memory_is_bounded(root):
    """Two passes over 1.6 MiB of images with less than half of that."""
    get("folder", root, memory=1)
    tracemalloc.start()
    dataset = get("folder", root, memory=1)
    for _ in range(2):
        assert sum(len(chunk) for chunk in chunks(dataset.train.images[::4])) == 36
    channel_stats(dataset.train)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    held = 3 * PER_CLASS * 48 * 64 * 3
    assert peak < held / 2


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr("cnncli.datasets.dataset._CHUNK", 2**16)


def test_damage_is_found_before_anything_is_trained(root, tmp_path):
    for name in CLASSES[:2]:
        (tmp_path / name).mkdir()
        for i in range(10):
            source = (root / name / f"{i:03}.png").read_bytes()
            (tmp_path / name / f"{i}.png").write_bytes(source)
    damaged = tmp_path / "bee" / "7.png"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "MEMORY", 0)
        error = fault(get, "folder", tmp_path)
    assert error.startswith(f"{damaged}: expected an image, found damage (")


def test_only_folders_stay_on_the_disk():
    error = error_text(ConfigError, get, "digits", None, memory=5)
    assert "data.memory: only csv and folder take it, not digits; leave it out" in error
