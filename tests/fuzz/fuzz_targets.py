"""Everything that reads what others wrote, as functions of bytes, with the errors it may raise."""

import hashlib
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from cnncli.config.load import load_text
from cnncli.config.source_text.source import decode
from cnncli.datasets.base import PLAIN, Reading
from cnncli.datasets.formats import cifar_binary, csv_images
from cnncli.datasets.formats.idx import read_idx
from cnncli.datasets.formats.images import decode as decoded_image
from cnncli.datasets.formats.npz import npz_archive
from cnncli.errors import CheckpointError, DataError, UsageError
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.costs.memory import training_step
from cnncli.graph.costs.totals import totals
from cnncli.problems import ConfigError
from cnncli.sweep.sweep_file import load_sweep
from cnncli.sweep.sweep_spec import trial_of, trials
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.resume import open_run

_FILE = Path("fuzz.yaml")
_CONFIG = "architecture:\n- input: 8x8x1\n- conv: {K: 3}\n- fc: 2\ndata: {name: cifar10}\n"


@dataclass(frozen=True)
class Target:
    """A reader: `read` gets the content and a folder in which it may write files."""

    read: Callable[[bytes, Path], object]
    raises: tuple[type[Exception], ...]

    def __call__(self, content: bytes, folder: Path) -> None:
        """Reads the content: it is read, or refused with an error that the user understands."""
        try:
            self.read(content, folder)
        except self.raises as error:
            text = str(error)
            assert text, "an error says something"
            if isinstance(error, DataError):
                assert "\n" not in text, "a fault of the data is told in one line"
                assert len(text) < 1000, "a fault is told in short"


def _checked(text: str, overrides: tuple[str, ...] = ()) -> None:
    """A configuration's text through everything that `cnn shapes` computes of it."""
    spec = load_text(text, _FILE, overrides)
    graph = build(spec, Volume(32, 32, 3), 10)
    for problem in graph.problems:
        assert problem.full_text()
    graph.check()
    totals(graph)
    training_step(graph, spec.train.batch_size, threads=2, optimizer=spec.train.optimizer)


def _config(content: bytes, _: Path) -> None:
    _checked(decode(content, str(_FILE)).text)


def _pattern(content: bytes, _: Path) -> None:
    _checked(f"architecture: {json.dumps(content.decode(errors='replace'))}")


def _set(content: bytes, _: Path) -> None:
    _checked(_CONFIG, (content.decode(errors="surrogateescape"),))


def _sweep(content: bytes, folder: Path) -> None:
    """A sweep file, and its first trials."""
    spec = load_sweep(_written(folder, "sweep.yaml", content))
    for number in range(min(trials(spec) or 3, 3)):
        if not spec.sampler.asks_optuna:
            assert spec.overrides(trial_of(spec, number))


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _idx(content: bytes, folder: Path) -> None:
    read_idx(_written(folder, "train-images-idx3-ubyte", content), (1, 3, 4))


def _cifar_binary(content: bytes, _: Path) -> None:
    cifar_binary.decode("cifar10", "file", content)
    cifar_binary.decode("cifar100", "file", content)


def _npz(content: bytes, folder: Path) -> None:
    """An archive, or one array in it."""
    if not content.startswith(b"PK"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for key in ("x_train", "y_train", "x_test", "y_test"):
                archive.writestr(f"{key}.npy", content)
        content = stream.getvalue()
    path = _written(folder, "set.npz", content)
    for layout in ("nchw", None):
        npz_archive.load(path, layout)


def _csv(content: bytes, folder: Path) -> None:
    """A table beside an image."""
    path = _written(folder, "labels.csv", content)
    image = folder / "a.png"
    if not image.exists():
        Image.new("RGB", (3, 2)).save(image)
    for layout in (None, "nhwc"):
        csv_images.load(path, Reading(layout=layout))


_ENDINGS = {
    b"\xff": ".jpg", b"B": ".bmp", b"G": ".gif", b"I": ".tif", b"M": ".tif", b"P": ".ppm",
    b"R": ".webp",
}  # fmt: skip
"""Of image files, by their first byte; all others are taken for PNG."""


def _image(content: bytes, folder: Path) -> None:
    path = _written(folder, f"image{_ENDINGS.get(content[:1], '.png')}", content)
    decoded_image(path, PLAIN)
    decoded_image(path, Reading(size=Volume(3, 2, 1), background="blue", resize="pad"))
    decoded_image(path, Reading(size=Volume(2, 3, 3), resize="crop"))


def _checkpoint(content: bytes, folder: Path) -> None:
    Checkpoint.load(_written(folder, "last.safetensors", content))


def _forged(content: bytes, folder: Path) -> None:
    """A header and, on a line of its own, arrays: a checkpoint whose digest is made to fit."""
    text, _, arrays = content.partition(b"\n")
    header = struct.pack("<Q", len(text)) + text
    seal = re.search(rb'"header_sha256":"([0-9a-f]{64})"', header)
    if seal:
        blank = header[: seal.start(1)] + b"0" * 64 + header[seal.end(1) :]
        digest = hashlib.sha256(blank).hexdigest().encode()
        header = blank[: seal.start(1)] + digest + blank[seal.end(1) :]
    path = _written(folder, "last.safetensors", header + arrays)
    open_run(path)


TARGETS = {
    "config": Target(_config, (ConfigError, UsageError)),
    "pattern": Target(_pattern, (ConfigError,)),
    "set": Target(_set, (ConfigError, UsageError)),
    "sweep": Target(_sweep, (ConfigError, UsageError)),
    "idx": Target(_idx, (DataError,)),
    "cifar-binary": Target(_cifar_binary, (DataError,)),
    "npz": Target(_npz, (DataError,)),
    "csv": Target(_csv, (ConfigError, DataError)),
    "image": Target(_image, (DataError,)),
    "checkpoint": Target(_checkpoint, (CheckpointError,)),
    "forged": Target(_forged, (CheckpointError,)),
}
