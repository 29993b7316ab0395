"""As many images as are loaded are foretold, and none is read for that."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.data.outline import Outline, outline
from cnncli.datasets.formats import idx_pair, image_folder
from cnncli.datasets.formats.npz import npz_archive
from cnncli.errors import DataError
from cnncli.problems import ConfigError
from tests.cli.commands import DATA
from tests.datasets.data_files import write_idx
from tests.messages import error_text

PIXELS = np.random.default_rng(0).integers(0, 256, (120, 4, 4, 1), dtype=np.uint8)
"""Enough images for every set here, all of them different."""


def draw(folder, count):
    """`count` images in the folder; their paths."""
    folder.mkdir(parents=True)
    paths = [folder / f"{i}.png" for i in range(count)]
    start = sum(folder.as_posix().encode()) % 40
    for path, pixels in zip(paths, PIXELS[start:], strict=False):
        Image.fromarray(pixels[..., 0]).save(path)
    return paths


def folders(root, **parts):
    for part, sizes in parts.items():
        for name, count in zip("abc", sizes, strict=True):
            draw(root / part.strip("_") / name, count)
    return DataSpec(name="folder", root=root)


def table(root, *, splits=()):
    rows = [f"{p.name},{i % 3}" for i, p in enumerate(draw(root / "files", 20))]
    head = "file,label"
    if splits:
        head += ",split"
        rows = [f"{row},{splits[i % len(splits)]}" for i, row in enumerate(rows)]
    (root / "files" / "t.csv").write_text("\n".join([head, *rows]))
    return DataSpec(name="csv", root=root / "files" / "t.csv")


def pixels(root):
    columns = ",".join(f"pixel{i}" for i in range(16))
    rows = [f"{i % 3},{','.join(map(str, PIXELS[i].flat))}" for i in range(23)]
    (root / "t.csv").write_text("\n".join([f"label,{columns}", *rows]))
    return DataSpec(name="csv", root=root / "t.csv")


def archive(root, **parts):
    arrays = {}
    for part, count in parts.items():
        arrays[f"x_{part}"], arrays[f"y_{part}"] = PIXELS[:count], np.arange(count) % 3
    np.savez(root / "own.npz", **arrays)
    return DataSpec(name="npz", root=root / "own.npz")


def idx(root):
    for part, count in (("train", 21), ("t10k", 9)):
        write_idx(root / f"{part}-images-idx3-ubyte", PIXELS[:count, ..., 0])
        write_idx(root / f"{part}-labels-idx1-ubyte", (np.arange(count) % 3).astype(np.uint8))
    return DataSpec(name="idx", root=root)


SETS = {
    "folder": lambda root: folders(root, _=(7, 5, 12)),
    "folder of parts": lambda root: folders(root, train=(7, 5, 12), test=(1, 2, 1), val=(2, 1, 1)),
    "table": table,
    "table of parts": lambda root: table(root, splits=("train", "val", "train", "train", "test")),
    "table of pixels": pixels,
    "archive": lambda root: archive(root, train=24),
    "archive of parts": lambda root: archive(root, train=24, test=9, val=6),
    "idx": idx,
    "digits": lambda root: DataSpec(name="digits", root=DATA),
}


@pytest.fixture
def blind(monkeypatch):
    """Nothing that reads images works."""

    def blindfold():
        for module, name in (
            (image_folder, "decode"),
            (image_folder, "FolderImages"),
            (npz_archive, "read_pixels"),
            (idx_pair, "read_idx"),
        ):
            monkeypatch.setattr(module, name, lambda *a, **k: pytest.fail("reads images"))

    return blindfold


def result(call):
    """What it returns, or the text of its problem."""
    try:
        return call()
    except (ConfigError, DataError) as error:
        return str(error)


def loaded(spec):
    dataset = load(spec, download=False, notify=lambda text: None)
    held = len(dataset.validation.labels) if dataset.validation else 0
    return Outline(dataset.name, len(dataset.train.labels), held, len(dataset.test.labels))


@pytest.mark.parametrize("change", [{}, {"validation": 0.2, "limit": 9}, {"limit": 9_999}], ids=str)
@pytest.mark.parametrize("make", SETS.values(), ids=SETS)
def test_what_is_loaded(make, change, tmp_path, blind):
    """Or the problem that loading has: too few images, or others for validation than its own."""
    spec = replace(make(tmp_path), **change)
    expected = result(lambda: loaded(spec))
    assert isinstance(expected, Outline) or change
    blind()
    assert result(lambda: outline(spec, download=False, notify=pytest.fail)) == expected


TOO_FEW = {
    "folder": lambda root: folders(root, _=(1, 1, 1)),
    "archive": lambda root: archive(root, train=3),
    "digits": lambda root: DataSpec(name="digits", root=root),
    "idx": lambda root: DataSpec(name="idx", root=root),
}


@pytest.mark.parametrize("make", TOO_FEW.values(), ids=TOO_FEW)
def test_what_cannot_be_loaded(make, tmp_path):
    spec = make(tmp_path)
    expected = error_text(DataError, loaded, spec)
    assert error_text(DataError, outline, spec, download=False, notify=pytest.fail) == expected


def test_a_published_set_that_is_not_there(tmp_path):
    """It is counted without its files if a run would fetch them; else its stand-in is."""
    spec, told = DataSpec(name="cifar10", root=tmp_path, stand_in="patterns"), []
    assert outline(spec, download=True, notify=told.append) == ("cifar10", 50_000, 0, 10_000)
    assert told == [f"cifar10 is not in {tmp_path}: a run downloads it first (170,052,171 bytes)"]
    told.clear()
    assert outline(spec, download=False, notify=told.append) == ("patterns", 10_000, 0, 2_000)
    assert told[0].endswith("using the stand-in 'patterns' instead: drawn figures, not cifar10")
    bare = replace(spec, stand_in=None)
    message = error_text(DataError, outline, bare, download=False, notify=pytest.fail)
    assert message.startswith(f"{tmp_path}: cifar10 is not there")
