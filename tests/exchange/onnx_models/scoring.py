"""What ONNX Runtime makes of a model."""

from typing import Any

import numpy as np
import pytest

ort = pytest.importorskip("onnxruntime")


def run(model: bytes, **inputs: Any) -> Any:
    """The first output for arrays in the order N, C, H, W."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def channels_first(x: Any) -> Any:
    """(N, H, W, C) -> (N, C, H, W)."""
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def difference(found: Any, expected: Any) -> float:
    """The largest, as a share of the largest number."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))
