"""Kinds by their names, and the ways in which a configuration writes them."""

from dataclasses import fields
from typing import Annotated

import pytest
from pydantic import TypeAdapter

from cnncli.optim.averages import Average
from cnncli.optim.base import Optimizer
from cnncli.optim.losses import Loss
from cnncli.optim.muon import Muon
from cnncli.optim.schedules import OneCycle, Schedule
from cnncli.optim.sgd_adam import Adam, AdamW, Sgd
from cnncli.schema.kinds import OneOf, kinds
from cnncli.schema.short_forms import ShortForm
from cnncli.transforms.augmentations import Augmentation, Crop, Flip
from cnncli.transforms.views import ViewChange


def test_every_kind_is_found_and_no_base_class():
    found = kinds(Optimizer)
    assert found.items() >= {"sgd": Sgd, "adam": Adam, "adamw": AdamW, "muon": Muon}.items()
    assert list(found).index("sgd") < list(found).index("muon")


@pytest.mark.parametrize("base", [Optimizer, Schedule, Loss, Average, Augmentation, ViewChange])
def test_kinds_are_told_apart(base):
    """Frozen, each with a name of its own, that no other goes by either."""
    found = kinds(base)
    names = [*found, *(other for kind in found.values() for other in kind.other_names)]
    assert len(names) == len(set(names)) >= 2
    for name, kind in found.items():
        assert kind.name == name
        assert kind.__dataclass_params__.frozen
        assert not kind.__abstractmethods__
        for field in fields(kind):
            assert field.kw_only, field.name


@pytest.mark.parametrize("written", ["one-cycle", "One_Cycle", "triangular", "ONECYCLE"])
def test_other_names(written):

    adapter = TypeAdapter(Annotated[Schedule, OneOf(Schedule)])
    assert adapter.validate_python(written) == OneCycle()
    assert adapter.validate_python({"name": written, "end": 0.5}) == OneCycle(end=0.5)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("flip", Flip()),
        ({"flip": None}, Flip()),
        ({"flip": 0.25}, Flip(p=0.25)),
        ({"flip": {"p": 0.25}}, Flip(p=0.25)),
        ({"crop": {"pad": 2, "border": "reflect"}}, Crop(pad=2, border="reflect")),
    ],
)
def test_short_forms(written, read):
    form = ShortForm(Augmentation, "augmentation")
    assert form.read(written) == read
    assert form.read(form.write(read)) == read
    assert form.read(read) is read


def test_short_forms_are_written():
    form = ShortForm(Augmentation, "augmentation")
    assert form.write(Flip()) == {"flip": 0.5}
    assert form.write(Flip(alternate=True)) == {"flip": {"p": 0.5, "alternate": True}}
