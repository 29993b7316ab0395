"""A run computes by the profile of the machine that it began on, wherever it goes on."""

from dataclasses import asdict
from pathlib import Path
from typing import ClassVar

import pytest

from cnncli.engine.parallel.world import Alone
from cnncli.inference.classifier import Classifier
from cnncli.inference.layer_outputs import outputs
from cnncli.inference.observation import observe
from cnncli.kernels.conv.profiles import PACKING, SMALL_KERNELS
from cnncli.training.session import engine_for
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.environment import environment
from cnncli.training.storage.resume import open_run


def on_a_machine(monkeypatch, profile):
    """What the run begins on; nothing else looks a profile up."""

    def nobody():
        raise AssertionError("the profile is the recorded one")

    monkeypatch.setattr("cnncli.training.session.machine_profile", lambda: profile)
    monkeypatch.setattr("cnncli.engine.engine.machine_profile", nobody)


@pytest.mark.parametrize(
    ("first", "then"),
    [(PACKING, SMALL_KERNELS), (SMALL_KERNELS, PACKING)],
    ids=lambda one: one.name,
)
def test_a_run_goes_on_by_the_profile_of_where_it_began(open_session, monkeypatch, first, then):
    on_a_machine(monkeypatch, first)
    session = open_session("train.epochs=1")
    assert session.engine.profile == first
    assert environment(session)["profile"] == asdict(first)
    session.checkpoint().save(session.directory.last)
    on_a_machine(monkeypatch, then)
    saved = open_run(session.directory.last)
    again = open_session("train.epochs=1", checkpoint=saved.checkpoint)
    assert again.engine.profile == first
    assert [workspace.profile for workspace in again.engine._workspaces] == [first] * 2
    assert again.engine.algorithms == session.engine.algorithms
    assert environment(again)["profile"] == asdict(first)
    with Classifier.open(saved, threads=1, notify=print) as classifier:
        assert classifier.engine.profile == first
    outputs(saved, session.train.split.images[:2], lambda name, y: y.copy())
    observe(saved, session.train.split, {}, threads=1, notify=print)


def test_ranks_compute_by_the_profile_of_the_first(open_session, monkeypatch):
    class Second(Alone):
        """What the first rank gives."""

        given: ClassVar = [PACKING, {"conv1": "direct"}]

        def first(self, work):
            return self.given.pop(0)

    on_a_machine(monkeypatch, SMALL_KERNELS)
    session = open_session("train.epochs=1")
    with engine_for(session.spec, session.engine.graph, world=Second()) as engine:
        assert engine.profile == PACKING
        assert engine.algorithms["conv1"] == "direct"


def test_before_there_were_profiles_all_machines_had_one():
    former = Path(__file__).parent / "former" / "small" / "interrupted" / "last.safetensors"
    assert Checkpoint.load(former).profile == SMALL_KERNELS
