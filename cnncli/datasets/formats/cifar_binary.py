"""CIFAR's binary layout: records of one label byte (CIFAR-100: coarse, fine) and 3,072 pixels."""

from __future__ import annotations

from cnncli.lazy import Images, Labels, np

from .expansion import whole_records

_REMEDY = "the file is cut off or damaged: get it again"
_LABEL_BYTES = {"cifar10": 1, "cifar100": 2}


def decode(data_set: str, file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and labels (N,), of CIFAR-100 the fine ones."""
    label_bytes = _LABEL_BYTES[data_set]
    record = label_bytes + 3072
    count = whole_records(file, len(content), record, _REMEDY)
    records = np.frombuffer(content, np.uint8).reshape(count, record)
    return records[:, label_bytes:], records[:, label_bytes - 1].astype(np.int64)
