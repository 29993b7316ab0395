"""The same file, seed, number of threads and NumPy give the same bits in other surroundings."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnncli.training.storage.checkpoint import Checkpoint

ROOT = Path(__file__).parents[2]
CONFIG = f"""
data: {{name: digits, root: {ROOT / "data"}, limit: 300, validation: 64, augment: [{{crop: 1}}]}}
architecture: INPUT-CONV3-16-BN-RELU-CONV5-16-BN-RELU-POOL-DROPOUT-FC
train: {{epochs: 3, batch_size: 64, average: ema, mixup: 0.2, kernels: KERNELS}}
"""


def train(python, folder, threads, kernels="auto", **surroundings):
    """A run in a process of its own: what it has learned, and its metrics without the clock's."""
    folder.mkdir()
    config = folder / "same.yaml"
    config.write_text(CONFIG.replace("KERNELS", kernels))
    command = [python, "-m", "cnncli", "train", config, "--out", "run", "--threads", str(threads)]
    subprocess.run(
        command, cwd=folder, env=os.environ | surroundings, check=True, capture_output=True
    )
    return Checkpoint.load(folder / "run" / "last.safetensors")


def assert_same(one, other):
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert array.tobytes() == other.arrays[name].tobytes(), name
    assert one.progress.best == other.progress.best


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kernels", ["direct", "winograd"])
def test_two_processes(tmp_path, threads, kernels):
    """With other orders of sets, languages, limits of threads, folders and addresses."""
    one = train(sys.executable, tmp_path / "a", threads, kernels, PYTHONHASHSEED="1")
    other = train(
        sys.executable, tmp_path / "another folder", threads, kernels,
        PYTHONHASHSEED="77", LC_ALL="C", OMP_NUM_THREADS="7", OPENBLAS_NUM_THREADS="3",
        PYTHONDONTWRITEBYTECODE="1", PYTHONMALLOC="malloc", TZ="Asia/Tokyo", COLUMNS="40",
    )  # fmt: skip
    assert_same(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_another_environment(tmp_path, threads):
    """Installed anew, with the same NumPy."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", ROOT, f"numpy=={np.__version__}"]
    subprocess.run(install, check=True)
    one = train(sys.executable, tmp_path / "a", threads)
    other = train(python, tmp_path / "b", threads, PYTHONPATH="")
    assert_same(one, other)
