import json
import os
import platform
from dataclasses import asdict

import numpy as np
import pytest

from cnncli import __version__, machine
from cnncli.engine.parallel import blas
from cnncli.machine import available_threads
from cnncli.training.storage import environment
from tests.cli.commands import call


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch, tmp_path):
    for name in environment._LIMITS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CNN_DATA", raising=False)


def test_text(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = call("info")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == [f"cnncli   {__version__}", f"Python   {platform.python_version()}"]
    assert lines[2].startswith(f"NumPy    {np.__version__}, ")
    assert lines[-3:] == [
        f"profile  {blas.machine_profile().name}, for BLAS's core type {blas.core_type()}",
        f"data     {tmp_path / 'cnncli'}, can be written to",
        f"runs     {tmp_path / 'runs'}, can be written to",
    ]


def test_for_programs(tmp_path):
    found = json.loads(call("info", "--json").stdout)
    assert found["machine"]["cores"] == available_threads()
    assert found["profile"] == asdict(blas.machine_profile())
    assert found["folders"]["runs"] == {
        "path": str(tmp_path / "runs"),
        "writable": True,
    }
    assert found["warnings"] == []
    if found["memory"]:
        assert 0 < found["memory"][1] <= found["memory"][0]


def test_folders_that_cannot_be_written_to(tmp_path):
    (tmp_path / "runs").touch()
    assert f"runs     {tmp_path / 'runs'}, cannot be written to" in call("info").stdout


def test_a_limit_that_another_overrides(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    (warning,) = environment.warnings()
    assert warning.startswith("$OMP_NUM_THREADS=8 has no effect: cnn holds BLAS to one thread")
    assert f"warning: {warning}" in call("info").stdout


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000\n", None), ("50000 100000\n", "0.5"), ("9999900000 100000\n", None), ("x", None)],
)
def test_containers_that_get_fewer_cores(text, cores):
    machine._QUOTA.write_text(text)
    found = environment.warnings()
    if cores is None:
        assert found == []
    else:
        assert found == [
            f"{available_threads()} cores are to be seen, but this container may use {cores}: "
            "set train.threads to 1"
        ]


def test_a_blas_that_is_not_held(monkeypatch):
    library = {
        "user_api": "blas", "internal_api": "openblas", "version": "0.3.31", "num_threads": 8,
        "architecture": "Zen", "filepath": "/usr/lib/libopenblas.so",
    }  # fmt: skip
    monkeypatch.setattr(blas, "threadpool_info", lambda: [library])
    assert environment.warnings() == [
        "openblas 0.3.31 works with 8 threads although cnn holds it to one, and may give wrong "
        "results then (OpenBLAS issue 5836): set OPENBLAS_NUM_THREADS=1, and train.threads to 1"
    ]
    monkeypatch.setattr(blas, "threadpool_info", list)
    (warning,) = environment.warnings()
    assert warning.startswith("NumPy's BLAS is not known to threadpoolctl")


def test_a_run_records_the_same():
    assert set(environment.versions()) == {"cnncli", "python", "numpy", "blas"}
    assert environment.machine()["cores"] == available_threads()
    assert os.sep not in environment.machine()["processor"]
