"""A quick start: NumPy at its first use, and no collection of garbage where there is none.

Describing a network (`cnn shapes`, `graph`, `diff`) needs no NumPy.

A module that says `from cnncli.lazy import np` and names `np` or `NDArray` in annotations begins
with `from __future__ import annotations`: annotations would be a use.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    Array = NDArray[np.float32]
    Images = NDArray[np.uint8]
    Labels = NDArray[np.int64]
else:
    from importlib import import_module

    class _Lazy:
        """A module that is imported at its first attribute; each attribute is kept when found."""

        def __init__(self, module: str) -> None:
            self._module = module

        def __getattr__(self, attribute: str) -> Any:
            found = getattr(import_module(self._module), attribute)
            setattr(self, attribute, found)
            return found

    np = _Lazy("numpy")
    Array = Images = Labels = NDArray = DTypeLike = Any

__all__ = ["Array", "DTypeLike", "Images", "Labels", "NDArray", "np", "pause_collection"]


@contextmanager
def pause_collection() -> Iterator[None]:
    """For what makes many small objects that stay: looking for garbage takes up to a quarter."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
