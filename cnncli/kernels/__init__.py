"""The arithmetic: NumPy on batches in NHWC order, and nothing that knows of layers or files.

The modules load when they are first used, so that describing a network does not import NumPy.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cnncli.kernels.activations as activations
    import cnncli.kernels.batchnorm as batchnorm
    import cnncli.kernels.conv.depthwise as depthwise
    import cnncli.kernels.conv.direct as direct
    import cnncli.kernels.conv.local as local
    import cnncli.kernels.conv.transposed as transposed
    import cnncli.kernels.conv.winograd as winograd
    import cnncli.kernels.conv.winograd_columns as winograd_columns
    import cnncli.kernels.dense as dense
    import cnncli.kernels.elementwise as elementwise
    import cnncli.kernels.layernorm as layernorm
    import cnncli.kernels.lrn as lrn
    import cnncli.kernels.pooling as pooling
    import cnncli.kernels.random_streams as random_streams
    import cnncli.kernels.reshape as reshape

_CONVOLUTIONS = ("depthwise", "direct", "local", "transposed", "winograd", "winograd_columns")
__all__ = [
    "activations",
    "batchnorm",
    "dense",
    "depthwise",
    "direct",
    "elementwise",
    "layernorm",
    "local",
    "lrn",
    "pooling",
    "random_streams",
    "reshape",
    "transposed",
    "winograd",
    "winograd_columns",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{'conv.' if name in _CONVOLUTIONS else ''}{name}")
