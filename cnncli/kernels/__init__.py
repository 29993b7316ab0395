"""The arithmetic: NumPy on batches in NHWC order, and nothing that knows of layers or files.

The modules load when they are first used, so that describing a network does not import NumPy.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cnncli.kernels.activations as activations
    import cnncli.kernels.convolution as convolution
    import cnncli.kernels.dense as dense
    import cnncli.kernels.depthwise as depthwise
    import cnncli.kernels.elementwise as elementwise
    import cnncli.kernels.joins as joins
    import cnncli.kernels.layernorm as layernorm
    import cnncli.kernels.local as local
    import cnncli.kernels.maps as maps
    import cnncli.kernels.normalisation as normalisation
    import cnncli.kernels.pooling as pooling
    import cnncli.kernels.pooling_sums as pooling_sums
    import cnncli.kernels.random as random
    import cnncli.kernels.response as response
    import cnncli.kernels.softmax as softmax
    import cnncli.kernels.transposed as transposed
    import cnncli.kernels.winograd as winograd
    import cnncli.kernels.winograd_columns as winograd_columns

__all__ = [
    "activations",
    "convolution",
    "dense",
    "depthwise",
    "elementwise",
    "joins",
    "layernorm",
    "local",
    "maps",
    "normalisation",
    "pooling",
    "pooling_sums",
    "random",
    "response",
    "softmax",
    "transposed",
    "winograd",
    "winograd_columns",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
