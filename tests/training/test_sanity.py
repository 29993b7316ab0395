"""The checks of the notes' course on configs/notes.yaml: before training, and on 20 images."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import load_images
from tests.training.silent import Silent

NOTES = Path(__file__).parents[2] / "configs" / "notes.yaml"


@pytest.fixture
def notes(tmp_path):
    """notes(overrides...) -> Session of configs/notes.yaml on the drawn stand-in."""
    sessions = []

    def open_(*overrides):
        checked = check(NOTES, ["data=patterns", "train.threads=2", *overrides])
        spec, graph = checked.network()
        dataset = load_images(spec, download=False, notify=print)
        directory = RunDirectory(tmp_path)
        sessions.append(Session.open(spec, graph, dataset, directory))
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()


@pytest.mark.parametrize(("loss", "expected"), [("softmax", np.log(10)), ("svm", 9)])
def test_small_weights_give_the_loss_of_a_guess(notes, loss, expected):
    session = notes("train.init=normal(0.001)", f"train.loss={loss}")
    batch = session.train.batch(0, 0)
    result = session.engine.gradients(batch, session.loss, 0)
    np.testing.assert_allclose(result.loss_sum / len(batch), expected, rtol=0.05)


def test_twenty_images_are_learned_by_heart(notes):
    session = notes("data.limit=20", "train.epochs=100")
    run(session, Silent())
    batch = session.train.batch(0, 0)
    assert session.engine.gradients(batch, session.loss, 0).correct == len(batch) == 20
