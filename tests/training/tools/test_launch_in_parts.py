"""A run that is trained in parts by whoever has locked its directory."""

import pytest

from cnncli.api.network import Network
from cnncli.locks import directory_lock
from cnncli.report.progress import Progress
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.tools.launch import launch
from tests.cli.commands import write_config
from tests.training.recorded import metrics, saved


@pytest.fixture
def train(tmp_path):
    network = Network(write_config(tmp_path), set={"train.epochs": 3})

    def train(name, epochs=None):
        directory = RunDirectory(tmp_path / name)
        directory.path.mkdir(exist_ok=True)
        with directory.lock(is_needed=True):
            found = launch(
                *network.checked.trainable(), None, Progress(quiet=True), directory=directory,
                resume=False, max_steps=None, max_epochs=epochs, download=False, judges=False,
            )  # fmt: skip
            with pytest.raises(Exception, match="is at work there"), directory_lock(directory.path):
                pytest.fail("the lock went with the run")
        with directory_lock(directory.path):
            return found

    return train


def test_epochs_at_a_time(train, tmp_path, capsys):
    """By the schedule of all epochs, with the same bits as at once, and nothing is said of it."""
    for epochs in (1, 2):
        found = train("parts", epochs)
        assert (found.is_finished, len(metrics(tmp_path / "parts"))) == (False, epochs)
    in_parts, at_once = train("parts", 100), train("once")
    assert in_parts.is_finished
    assert at_once.is_finished
    assert in_parts.best == at_once.best
    assert saved(tmp_path / "parts") == saved(tmp_path / "once")
    assert metrics(tmp_path / "parts") == metrics(tmp_path / "once")
    assert capsys.readouterr().err == ""
