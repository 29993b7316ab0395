"""Checkpoints: arrays in the safetensors format, and what else a run needs to go on, as JSON.

A safetensors file holds numbers and a header, nothing that could be executed. A checksum over
both tells a damaged file from a whole one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cnncli.engine.engine import Engine
from cnncli.errors import CheckpointError

from .averaging import Average, averaged
from .files import write_whole
from .optimizers import Optimizer
from .progress import Progress

FORMAT = 1
SUFFIX = ".safetensors"
_KEY = "cnncli"
_CHECKSUM = "sha256"
Arrays = dict[str, NDArray[Any]]


class DamagedError(CheckpointError):
    """A checkpoint that is not as it was written."""


@dataclass(frozen=True)
class DataUsed:
    """The data set that a run learned from, and the one that it stood in for."""

    name: str
    digest: str
    stand_in_for: str | None
    classes: tuple[str, ...]
    mean: tuple[float, ...] | None
    """Each channel's mean and deviation by which images are normalised; None: not at all."""
    std: tuple[float, ...] | None


@dataclass(frozen=True)
class Checkpoint:
    """A run at one moment. `config` is the resolved configuration's text."""

    config: str
    data: DataUsed
    progress: Progress
    arrays: Arrays
    algorithms: Mapping[str, str] = field(default_factory=dict)
    """Which algorithm computes a node that has several; for the others, what layers expect best."""

    def save(self, path: Path, former: Path | None = None) -> None:
        """Writes the file whole; the one before is then called `former`. Raises WriteError."""
        about = {
            "format": FORMAT,
            "config": self.config,
            "data": asdict(self.data),
            "progress": self.progress.as_json(),
            "algorithms": dict(self.algorithms),
        }
        text = json.dumps(about)
        metadata = {_KEY: text, _CHECKSUM: _checksum(text, self.arrays)}
        write_whole(path, save(self.arrays, metadata=metadata), former)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Reads the file.

        Raises CheckpointError where it is missing or foreign, DamagedError where it is damaged.
        """
        _check_readable(path)
        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                about = json.loads(metadata.get(_KEY, "null"))
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, ValueError) as error:
            if path.suffix != SUFFIX:
                raise CheckpointError(
                    f"{path}: not a checkpoint; give a run's directory, or a {SUFFIX} file in it"
                ) from None
            raise DamagedError(f"{path}: the file is damaged: {error}") from None
        if not isinstance(about, dict) or "format" not in about:
            raise CheckpointError(f"{path}: not a checkpoint of cnn: its header has no {_KEY!r}")
        if about["format"] != FORMAT:
            raise CheckpointError(
                f"{path}: format {about['format']} is unknown to this version, which reads "
                f"format {FORMAT}; use a newer cnn"
            )
        try:
            data = dict(about["data"])
            for name in ("classes", "mean", "std"):
                data[name] = None if data[name] is None else tuple(data[name])
            progress = Progress.from_json(about["progress"])
            algorithms = {str(node): str(name) for node, name in about["algorithms"].items()}
            used = DataUsed(**data)
            checkpoint = cls(about["config"], used, progress, arrays, algorithms)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DamagedError(f"{path}: the header is damaged: {error!r}") from None
        if metadata.get(_CHECKSUM) != _checksum(metadata[_KEY], arrays):
            raise DamagedError(f"{path}: the file is damaged: its checksum does not fit")
        return checkpoint


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise CheckpointError(f"{path}: there is no such checkpoint") from None
    except OSError as error:
        raise CheckpointError(f"{path}: can not be read: {error.strerror}") from None


def _checksum(about: str, arrays: Arrays) -> str:
    """SHA-256 over the text and every array with its name and form, in hexadecimal."""
    sha = hashlib.sha256(about.encode())
    for name in sorted(arrays):
        sha.update(f"{name} {_form(arrays[name])}".encode())
        sha.update(np.ascontiguousarray(arrays[name]).data)
    return sha.hexdigest()


def restore(checkpoint: Checkpoint, path: Path, arrays: Arrays) -> None:
    """Puts the checkpoint's arrays into those of the run.

    Raises CheckpointError with the differences where they are another network's.
    """
    _copy(arrays, checkpoint.arrays, path)


def restore_network(checkpoint: Checkpoint, path: Path, engine: Engine) -> None:
    """Puts parameters and state into the engine for evaluation: their average, if there is one."""
    network = {n: a for n, a in checkpoint.arrays.items() if not n.startswith("slots/")}
    _copy(_network(engine), network, path)
    averages = {f"slots/{name}": vector for name, vector in averaged(engine).items()}
    kept = {name: array for name, array in checkpoint.arrays.items() if name in averages}
    _copy({name: averages[name] for name in kept}, kept, path)


def _network(engine: Engine) -> Arrays:
    arrays = {f"parameters/{name}": view for name, view in engine.parameters.views.items()}
    return arrays | {f"state/{name}": view for name, view in engine.state.views.items()}


def live(engine: Engine, optimizer: Optimizer, average: Average) -> Arrays:
    """All arrays of a run, which go on changing: parameters and state by name, slots flat."""
    slots = optimizer.slots | average.slots
    return _network(engine) | {f"slots/{name}": slot for name, slot in slots.items()}


def _copy(targets: Arrays, sources: Mapping[str, NDArray[Any]], path: Path) -> None:
    differences = [
        f"{name}: the network has {_form(targets.get(name))}, the file {_form(sources.get(name))}"
        for name in sorted(targets.keys() | sources.keys())
        if _form(targets.get(name)) != _form(sources.get(name))
    ]
    if differences:
        listed = "".join(f"\n  {difference}" for difference in differences)
        raise CheckpointError(f"{path}: a checkpoint of another network:{listed}")
    for name, target in targets.items():
        np.copyto(target, sources[name])


def _form(array: NDArray[Any] | None) -> str:
    if array is None:
        return "nothing"
    return f"{'x'.join(map(str, array.shape)) or 'a number'} {array.dtype}"
