"""What a run is made with and on: versions, the machine, and how the run was called."""

import os
import platform
import sys
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from cnncli.datasets.dataset import Draw
from cnncli.engine.parallel.blas import hold_blas_to_one_thread, libraries
from cnncli.machine import available_threads, core_quota
from cnncli.text import printable
from cnncli.training.session import Session
from cnncli.version import __version__

from .earlier_overrides import record_overrides

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def environment(session: Session) -> dict[str, Any]:
    """Command, overrides, versions, machine, data set, seed and threads, ready for JSON."""
    best = session.progress.best
    return {
        "command": sys.argv,
        "overrides": record_overrides(session.spec),
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": versions(),
        "machine": machine(),
        "data": {
            "name": session.data.name,
            "stand_in_for": session.data.stand_in_for,
            "sha256": session.data.digest,
            "held_out": _draw(session.data.draw),
            "to_test": _draw(session.data.test_draw),
            "damaged": session.data.damaged or 0,
        },
        "best": best.metric or "validation_accuracy" if session.validation else None,
        "start": _start(session),
        "seed": session.spec.train.seed,
        "threads": session.engine.threads,
        "ranks": session.engine.world.size,
        "hosts": len(set(session.engine.world.hosts)),
        "profile": asdict(session.engine.profile),
        "algorithms": session.engine.algorithms,
    }


def _draw(draw: Draw | None) -> dict[str, Any] | None:
    """How images were held out, with the fold only where they are one."""
    return (
        {key: value for key, value in asdict(draw).items() if value is not None} if draw else None
    )


def _start(session: Session) -> dict[str, str] | None:
    """The trained network that the run began with."""
    start = session.spec.train.start
    return {"run": str(start.run), "sha256": session.start} if start and session.start else None


def versions() -> dict[str, Any]:
    """Of cnncli, and of what decides the bits of a result."""
    blas = [
        {key: library.get(key) for key in ("internal_api", "version", "architecture")}
        for library in libraries()
    ]
    return {
        "cnncli": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas,
    }


def machine() -> dict[str, Any]:
    """The system, and the cores that this process may use."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": available_threads(),
    }


def extras() -> dict[str, str | None]:
    """Versions of the packages that only some data sets need; None where one is missing."""
    try:
        return {"pillow": version("pillow")}
    except PackageNotFoundError:
        return {"pillow": None}


def warnings() -> list[str]:
    """What is known to make runs slow, or to do other than it seems to."""
    found = []
    quota = core_quota()
    if quota is not None and quota < available_threads():
        found.append(
            f"{available_threads()} cores are to be seen, but this container may use {quota:g}: "
            f"set train.threads to {max(1, int(quota))}"
        )
    found += [
        f"${name}={printable(os.environ[name])} has no effect: cnn holds BLAS to one thread, and "
        "train.threads or --threads says how many parts a batch is computed in"
        for name in _LIMITS
        if os.environ.get(name, "1") != "1"
    ]
    return found + _blas_warnings()


def _blas_warnings() -> list[str]:
    """A BLAS of many threads gives wrong results where several of ours call it: see engine/blas."""
    hold_blas_to_one_thread()
    if not libraries():
        return ["NumPy's BLAS is not known to threadpoolctl and may start threads of its own"]
    return [
        f"{library['internal_api']} {library['version']} works with {library['num_threads']} "
        "threads although cnn holds it to one, and may give wrong results then (OpenBLAS issue "
        "5836): set OPENBLAS_NUM_THREADS=1, and train.threads to 1"
        for library in libraries()
        if library["num_threads"] != 1
    ]
