"""The smallest and largest numbers, in every field: a run ends, or a line says why it cannot."""

import contextlib
import signal
from dataclasses import fields
from typing import get_args, get_origin

import pytest

from cnncli.config.data import DataSpec
from cnncli.config.train import EarlyStopping, Group, Rollback, TrainSpec
from cnncli.layers import families
from cnncli.optim.averages import Average
from cnncli.optim.base import Optimizer
from cnncli.optim.losses import Loss
from cnncli.optim.schedules import Schedule
from cnncli.schema.describe import hints
from cnncli.schema.kinds import kinds
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import ViewChange
from tests.cli.commands import call, npz_config

WHOLE = ("-1", "0", "1", "2", "65", "2147483648", "9223372036854775807", "1" + "0" * 30,
         "1" + "0" * 400)  # fmt: skip
REAL = ("5e-324", "1e-310", "1e-200", "1e-40", "1e-7", "0.0", "-0.0", "0.5", "0.9999999999999999",
        "1.0", "1e7", "1e39", "1e200", "1.7976931348623157e308", ".inf", "-.inf", ".nan",
        "-5e-324")  # fmt: skip
EXTREMES = (*WHOLE, *REAL)
SECONDS = 20


def numbers(schema):
    """The names of the fields of a dataclass that take numbers."""
    for field in fields(schema):
        if _takes_numbers(hints(schema)[field.name]):
            yield field.name


def _takes_numbers(annotation):
    if get_origin(annotation) is not None:
        return any(map(_takes_numbers, get_args(annotation)))
    return annotation in (int, float)


NAMED = {"optimizer": Optimizer, "schedule": Schedule, "loss": Loss, "average": Average}
NEEDED = {"step": "every: 1", "multistep": "at: [1]"}
LAYERS = {
    "CONV": "K: 4", "CONVT": "K: 4", "LOCAL": "K: 2", "FC": "K: 4", "LEAKYRELU": "",
    "BATCHNORM": "", "LAYERNORM": "", "LRN": "", "DROPOUT": "", "POOL": "", "PAD": "P: 1",
    "UPSAMPLE": "", "SCALE": "by: 2",
}  # fmt: skip


def places():
    """Every field that takes a number, as YAML with `VALUE` in its place, by its path."""
    for name in numbers(TrainSpec):
        yield f"train.{name}", f"train: {{{name}: VALUE}}"
    for section, base in NAMED.items():
        for name, kind in kinds(base).items():
            needed = NEEDED.get(name, "")
            for field in numbers(kind):
                others = "" if needed.startswith(f"{field}:") else needed
                keys = ", ".join(filter(None, (f"name: {name}", f"{field}: VALUE", others)))
                yield f"train.{section}.{name}.{field}", f"train: {{{section}: {{{keys}}}}}"
    yield "muon.others", "train: {optimizer: {name: muon, others: {lr: VALUE}}}"
    yield "multistep.at", "train: {schedule: {name: multistep, at: [VALUE, 1]}}"
    for field in numbers(Rollback):
        keys = f"name: rollback, {field}: VALUE"
        yield f"on_divergence.{field}", f"train: {{on_divergence: {{{keys}}}}}"
    for field in numbers(EarlyStopping):
        keys = f"metric: train_loss, {field}: VALUE"
        yield f"early_stopping.{field}", f"train: {{early_stopping: {{{keys}}}}}"
    for field in numbers(Group):
        yield f"groups.{field}", f"train: {{groups: [{{{field}: VALUE}}]}}"
    for view in ("augment: [{crop: {pad: VALUE, border: reflect}}]",
                 "views: [{shift: {pixels: VALUE, border: zeros}}]"):  # fmt: skip
        yield view, f"data: {{{view}}}"
    yield "init.normal", "train: {init: {normal: VALUE}}"
    for field in numbers(DataSpec):
        yield f"data.{field}", f"data: {{{field}: VALUE}}"
    for key, base in (("augment", Augmentation), ("views", ViewChange)):
        for name, kind in kinds(base).items():
            for field in numbers(kind):
                yield f"{key}.{name}.{field}", f"data: {{{key}: [{{{name}: {{{field}: VALUE}}}}]}}"
    for layer, needed in LAYERS.items():
        for field in families()[layer].__dataclass_fields__:
            if field in _keys(families()[layer]):
                others = "" if needed.startswith(f"{field}:") else needed
                keys = ", ".join(filter(None, (f"{field}: VALUE", others)))
                yield f"{layer}.{field}", f"layer: {{{layer}: {{{keys}}}}}"


def _keys(family):
    """Its fields but those that are choices: they are numbers, or texts with numbers in them."""
    annotations = hints(family)
    return [name for name in annotations if annotations[name] not in (bool, bool | None)]


PLACES = dict(places())


class TooLong(BaseException):
    """A run takes longer than it may."""


@contextlib.contextmanager
def limit(seconds):
    def ring(number, frame):
        raise TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def write(folder, template, value):
    """A configuration with the value at its place."""
    path = folder / "odd.yaml"
    section, _, rest = template.replace("VALUE", value).partition(": ")
    layer = rest if section == "layer" else "FC"
    data = f", {rest[1:-1]}" if section == "data" else ""
    usual = {"threads": "1", "batch_size": "8", "epochs": "2"}
    given = [rest[1:-1]] if section == "train" else []
    more = [f"{key}: {number}" for key, number in usual.items() if f"{{{key}:" not in rest]
    path.write_text(
        f"data: {{name: npz, root: own.npz{data}}}\n"
        f"architecture: [{{INPUT: 4x4x1}}, {layer}, FC: {{K: 3}}]\n"
        f"train: {{{', '.join([*given, *more])}}}\n"
    )
    return path


def sweep(folder, template, values):
    """What a few steps with each value come to, where that is not a result or a line."""
    npz_config(folder)
    found = {}
    for i, value in enumerate(values):
        path, out = write(folder, template, value), folder / f"run{i}"
        try:
            with limit(SECONDS):
                for command in (("shapes", path), ("train", path, "--out", out, "--max-steps", 5)):
                    result = call(*command)
                    if result.exit_code not in (0, 2, 5) or "Warning" in result.stderr:
                        found[value] = (command[0], result.exit_code, result.stderr[-300:])
        except TooLong:
            found[value] = "it does not end"
    return found


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("train.mixup", "5e-324"), ("train.mixup", "1e-310"), ("init.normal", "1e39"),
        ("init.normal", "1.7976931348623157e308"), ("augment.crop.pad", "2147483648"),
        ("CONV.dilation", "2147483648"), ("LOCAL.P", "2147483648"), ("LRN.beta", "1e200"),
        ("train.optimizer.adam.eps", "5e-324"), ("train.schedule.step.every", "5e-324"),
    ],
)  # fmt: skip
def test_some_numbers_at_the_ends(tmp_path, place, value):
    assert not sweep(tmp_path, PLACES[place], (value,))


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_numbers_at_the_ends(tmp_path, place):
    assert not sweep(tmp_path, PLACES[place], EXTREMES)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("init.normal", "1e39", "train.init: init must be normal(std) with a std of at most 1e+30"),
        ("augment.crop.pad", "65537", "pad must be at least 1 and at most 65536, not 65537"),
        ("views.shift.pixels", "65537", "pixels must be at least 1 and at most 65536, not 65537"),
        ("CONV.dilation", "2147483648", "numbers; at most 2,147,483,648 are possible."),
    ],
)
def test_what_is_said_of_numbers_that_are_too_large(tmp_path, place, value, message):
    npz_config(tmp_path)
    path = write(tmp_path, PLACES[place], value)
    result = call("shapes", path)
    assert result.exit_code == 2
    assert message in result.stderr
