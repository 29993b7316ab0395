"""What run.json records: how the run was called, and on what."""

import platform
import sys
from datetime import datetime
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from cnncli import __version__
from cnncli.engine.cores import available_threads

from .session import Session


def circumstances(session: Session) -> dict[str, Any]:
    """Command, versions, machine, data set, seed and threads, ready for JSON."""
    blas = [
        {key: library.get(key) for key in ("internal_api", "version", "architecture")}
        for library in threadpool_info()
        if library.get("user_api") == "blas"
    ]
    return {
        "command": sys.argv,
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": {
            "cnncli": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "blas": blas,
        },
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": available_threads(),
        },
        "data": {
            "name": session.data.name,
            "stand_in_for": session.data.stand_in_for,
            "sha256": session.data.digest,
        },
        "seed": session.spec.train.seed,
        "threads": session.engine.threads,
        "algorithms": session.engine.algorithms,
    }
