"""A run in a temporary directory: the shipped digits, a small network with every kind of layer."""

from pathlib import Path

import pytest

from cnncli.check.preparation import checked_graph, images
from cnncli.config.load import load
from cnncli.training.session import Session
from cnncli.training.storage.directory import RunDirectory

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
        spec = load(config, overrides)
        graph = checked_graph(spec)
        used = checkpoint.data if checkpoint else None
        dataset = images(spec, download=False, notify=print, progress=False, used=used)
        folder = tmp_path / out
        folder.mkdir(exist_ok=True)
        sessions.append(Session.open(spec, graph, dataset, RunDirectory(folder), checkpoint))
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()
