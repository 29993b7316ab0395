"""NumPy at its first use, so that describing a network (`cnn shapes`, `graph`, `diff`) needs none.

A module that says `from cnncli.lazy import np` and names `np` or `NDArray` in annotations begins
with `from __future__ import annotations`: annotations would be a use.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    Array = NDArray[np.float32]
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
    Array = NDArray = DTypeLike = Any

__all__ = ["Array", "DTypeLike", "NDArray", "np"]
