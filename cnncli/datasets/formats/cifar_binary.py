"""CIFAR's binary layout: records of one label byte (CIFAR-100: coarse, fine) and 3,072 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncli.lazy import np

from .expansion import whole_records

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Images, Labels

_REMEDY = "the file is cut off or damaged: get it again"


def decode10(file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and labels (N,) of a CIFAR-10 batch."""
    return _decode(file, content, 1)


def decode100(file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and fine labels (N,) of a CIFAR-100 file."""
    return _decode(file, content, 2)


def _decode(file: str, content: bytes, label_bytes: int) -> tuple[Images, Labels]:
    record = label_bytes + 3072
    count = whole_records(file, len(content), record, _REMEDY)
    records = np.frombuffer(content, np.uint8).reshape(count, record)
    return records[:, label_bytes:], records[:, label_bytes - 1].astype(np.int64)
