"""Train convolutional networks that are described in a YAML file, on the CPU, with NumPy."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .api.layer import Layer
    from .api.network import Network
    from .api.run import Run
    from .api.run_list import list_runs
    from .errors import (
        CheckpointError,
        CnncliError,
        CnncliWarning,
        DataError,
        DivergedError,
        Interrupted,
        TargetMissed,
        UsageError,
        WriteError,
    )
    from .problems import ConfigError

_PLACES = {
    "Layer": "api.layer",
    "Network": "api.network",
    "Run": "api.run",
    "list_runs": "api.run_list",
    "ConfigError": "problems",
} | dict.fromkeys(
    (
        "CheckpointError",
        "CnncliError",
        "CnncliWarning",
        "DataError",
        "DivergedError",
        "Interrupted",
        "TargetMissed",
        "UsageError",
        "WriteError",
    ),
    "errors",
)
"""Where each name of the interface is; it is imported when it is used."""

__all__ = [
    "CheckpointError",
    "CnncliError",
    "CnncliWarning",
    "ConfigError",
    "DataError",
    "DivergedError",
    "Interrupted",
    "Layer",
    "Network",
    "Run",
    "TargetMissed",
    "UsageError",
    "WriteError",
    "__version__",
    "list_runs",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
