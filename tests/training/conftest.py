"""A run in a temporary directory: the shipped digits, a small network with every kind of layer."""

from pathlib import Path

import pytest

from cnncli.check.check import check
from cnncli.training.session import Session
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import load_images

DIGITS = Path(__file__).parents[2] / "data"
NETWORK = "INPUT-CONV3-6-BN-RELU-POOL-FC-16-RELU-DROPOUT(0.2)-FC"
CONFIG = f"""
name: small
data: {{name: digits, root: {DIGITS}, validation: 200, limit: 210, augment: [flip, {{crop: 1}}]}}
architecture: {NETWORK}
train:
  epochs: 3
  batch_size: 32
  seed: 5
  threads: 2
  log_every: 3
  optimizer: {{name: sgd, lr: 0.05, momentum: 0.9, weight_decay: 1e-4}}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def open_session(config, tmp_path):
    """open_session(overrides..., out=..., checkpoint=...) -> Session; closed at the end."""
    sessions = []

    def open_(*overrides, out="run", checkpoint=None):
        spec, graph = check(config, overrides).network()
        used = checkpoint.data if checkpoint else None
        dataset = load_images(spec, download=False, notify=print, used=used)
        folder = tmp_path / out
        folder.mkdir(exist_ok=True)
        sessions.append(Session.open(spec, graph, dataset, RunDirectory(folder), checkpoint))
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()
