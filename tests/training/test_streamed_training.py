"""A run over images that stay on the disk is the run over the same images in memory."""

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.datasets.formats import image_folder as folder
from cnncli.datasets.formats.images import FolderImages
from cnncli.errors import DataError
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import load_images
from tests.training.silent import Silent

Image = pytest.importorskip("PIL.Image")
CONFIG = """
data: {{name: folder, root: {root}, validation: 10, augment: [flip, {{crop: 1}}], views: [flip]}}
architecture: INPUT-CONV(K=8, F=3, init=whitening)-RELU-POOL-FC
train: {{epochs: 2, batch_size: 16, threads: {threads}, optimizer: {{lr: 0.05}}}}
"""


@pytest.fixture
def configured(tmp_path):
    """configured(threads) -> a file about 60 images of 8x8 in a folder beside it."""
    rng = np.random.default_rng(3)
    for name in ("cat", "dog"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for i in range(30):
            array = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(array).save(tmp_path / "set" / name / f"{i:02}.png")

    def write(threads):
        config = tmp_path / "set.yaml"
        config.write_text(CONFIG.format(root=tmp_path / "set", threads=threads))
        return config

    return write


def trained(config, out, display=None):
    spec, graph = check(config).network()
    dataset = load_images(spec, download=False, notify=print)
    out.mkdir()
    session = Session.open(spec, graph, dataset, RunDirectory(out))
    try:
        evaluation = run(session, display or Silent())
        return dataset, evaluation, session.engine.parameters.vector.copy()
    finally:
        session.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bits(configured, tmp_path, monkeypatch, threads):
    config = configured(threads)
    dataset, held, expected = trained(config, tmp_path / "held")
    assert isinstance(dataset.train.images, np.ndarray)
    monkeypatch.setattr(folder, "MEMORY", 0)
    dataset, streamed, found = trained(config, tmp_path / "streamed")
    assert isinstance(dataset.train.images, FolderImages)
    np.testing.assert_array_equal(found, expected)
    assert (streamed.loss, streamed.accuracy) == (held.loss, held.accuracy)


@pytest.mark.parametrize("threads", [1, 2])
def test_files_that_vanish_on_the_way(configured, tmp_path, monkeypatch, threads):
    """From another process too the fault comes as one line."""
    monkeypatch.setattr(folder, "MEMORY", 0)

    def remove():
        for path in (tmp_path / "set" / "dog").iterdir():
            path.unlink()

    with pytest.raises(DataError) as error:
        trained(configured(threads), tmp_path / "run", Silent(at=2, action=remove))
    assert f"{tmp_path / 'set' / 'dog'}" in str(error.value)
    assert "\n" not in str(error.value)
