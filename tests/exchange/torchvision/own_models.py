"""Torchvision's models, also where its operators do not load, which none of them needs.

Its wheels on PyPI are linked to PyTorch with CUDA. Beside PyTorch for CPUs they can be imported all
the same, once there is something of the names that the import asks for.
"""

from importlib import import_module

import pytest


def own_models():
    """The module; skips the tests where torchvision is not installed."""
    torch = pytest.importorskip("torch")
    try:
        return pytest.importorskip("torchvision").models
    except RuntimeError:  # operator torchvision::nms does not exist
        pass
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor")
    _KEPT.append(library)
    return import_module("torchvision").models


_KEPT = []
"""What defined the operators: they would go with it."""
