import json
import shlex
import shutil
from dataclasses import replace

import pytest

import cnncli
from cnncli.cli.main import cli
from cnncli.page.elements import html
from cnncli.page.material.record import command, told, without_folders
from cnncli.page.sections.headline import headline
from cnncli.page.subject import Subject
from cnncli.shipped.folders import CONFIGS
from tests.cli.commands import DATA


def facts_of(section):
    return {
        tile[0].text: [part.text for part in tile[1:]]
        for tile in next(part for part in section.body if part.tag == "dl")
    }


def text_of(section):
    return " ".join("".join(part.itertext()) for part in section.body)


def subject_of(run):
    return Subject(run._checked, run.saved, notify=lambda text: None)


@pytest.fixture
def copy(digits_run, tmp_path):
    """The run in a folder of its own, where a test may change it."""
    shutil.copytree(digits_run.path, tmp_path / "copy")
    return cnncli.Run(tmp_path / "copy")


def test_the_numbers_are_those_of_the_run(digits_run):
    facts = facts_of(headline(subject_of(digits_run)))
    history, metrics = digits_run.history, digits_run.metrics
    network = cnncli.Network("digits")
    assert facts == {
        "test accuracy": [f"{metrics['accuracy']:.4f}",
                          f"of {metrics['images']} images, loss {metrics['loss']:.4f}"],
        "training accuracy": [f"{history['train_accuracy'][-1]:.4f}", "after epoch 4"],
        "parameters": [f"{network.total.parameters:,}"],
        "multiply-adds": [f"{network.total.macs:,}", "for an image, forward"],
        "epochs": ["4 of 4", f"{history['step'][-1]} steps"],
        "time": [f"{sum(history['seconds']):.1f} s", "of training, evaluation not counted"],
        "seed": ["0"],
    }  # fmt: skip
    assert "The run has ended: all epochs are done." in text_of(headline(subject_of(digits_run)))


def test_without_images_the_recorded_accuracy_stands(copy, monkeypatch):
    subject = subject_of(copy)
    subject.__dict__["_judged"] = None, "The images are not there."
    accuracy, images = copy.metrics["accuracy"], copy.metrics["images"]
    expected = [f"{accuracy:.4f}", f"of {images} images, loss {copy.metrics['loss']:.4f}"]
    assert facts_of(headline(subject))["test accuracy"] == expected


def test_a_configuration():
    subject = Subject(cnncli.Network("digits").checked)
    section = headline(subject)
    assert [*facts_of(section)] == ["parameters", "multiply-adds", "epochs", "seed"]
    assert "Nothing has been trained yet" in text_of(section)
    assert command(subject) == "cnn train digits"


def test_validation_and_early_stopping(tmp_path):
    settings = {
        "data.root": str(DATA), "data.validation": 0.2, "train.threads": 1,
        "train.early_stopping": {"metric": "validation_loss", "patience": 1, "min_delta": 100},
    }  # fmt: skip
    run = cnncli.Network("digits", set=settings).train(out=tmp_path / "run", bar=False, epochs=9)
    subject = subject_of(run)
    section = headline(subject)
    best = run.saved.checkpoint.progress.best
    assert facts_of(section)["validation accuracy"] == [f"{best.accuracy:.4f}",
                                                        f"after epoch {best.epoch}"]  # fmt: skip
    assert "The run has ended: stopped early after epoch 2 of 9: no improvement" in text_of(section)
    assert f"the best one, of epoch {best.epoch}, by validation loss." in text_of(section)


def test_the_command_repeats_the_run(digits_run, tmp_path):
    subject = subject_of(digits_run)
    words = shlex.split(command(subject))
    assert words == [
        "cnn", "train", "digits", "--set", "train.epochs=4", "--set", "train.threads=1",
    ]  # fmt: skip
    repeated = [*words[1:], "--out", str(tmp_path / "again"), "--set", f"data.root={DATA}"]
    cli([*repeated, "--quiet"], standalone_mode=False)
    again = cnncli.Run(tmp_path / "again")
    assert {name: array.tobytes() for name, array in again.parameters().items()} == {
        name: array.tobytes() for name, array in digits_run.parameters().items()
    }


def warnings_of(subject):
    return [part.text for part in headline(subject).body if part.get("class") == "warning"]


def test_other_images_than_the_runs_are_warned_of(copy):
    subject = subject_of(copy)
    assert warnings_of(subject) == []
    found = replace(subject.judgement, judged=replace(subject.judgement.judged, is_changed=True))
    subject.__dict__["_judged"] = found, ""
    assert warnings_of(subject) == [
        "The images that the network is judged on are not those of its run, which had others."
    ]


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["--max-steps", "5"], ["--max-steps", "5"]), (["--max-steps=5"], ["--max-steps", "5"]),
        (["--smoke"], ["--smoke"]), (["--max-steps"], []), (["--max-steps", "/home/me"], []),
    ],
)  # fmt: skip
def test_what_ended_the_run_early_is_in_the_command(copy, words, flags):
    record = json.loads((copy.path / "run.json").read_text())
    record["command"] = ["cnn", "train", "digits.yaml", *words]
    (copy.path / "run.json").write_text(json.dumps(record))
    assert shlex.split(command(subject_of(copy)))[7:] == flags


def test_a_stand_in_is_warned_of(copy):
    saved = copy.saved
    data = saved.checkpoint.data.__class__(
        **{**vars(saved.checkpoint.data), "name": "patterns", "stand_in_for": "cifar10"}
    )
    checkpoint = saved.checkpoint.__class__(**{**vars(saved.checkpoint), "data": data})
    subject = Subject(copy._checked, saved._replace(checkpoint=checkpoint))
    subject.__dict__["_judged"] = None, ""
    (warning,) = (part for part in headline(subject).body if part.get("class") == "warning")
    assert warning.text == (
        "The images are those of the stand-in patterns, not of cifar10: how good the network is "
        "on cifar10 is not known."
    )


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "{}", '{"overrides": 3}', '{"overrides": [{"set": 3}]}', "[" * 100_000,
     '{"ended": {"reason": ["x"]}, "versions": [], "machine": 3, "threads": {}}',
     '{"threads": ' + "9" * 5000 + "}", '{"started": "<script>\\u001b[31m"}'],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_run_json_may_be_anybodys(copy, content):
    from cnncli.page.sections.origin import origin

    (copy.path / "run.json").write_text(content)
    subject = subject_of(copy)
    for part in (headline(subject), origin(subject)):
        assert "<script>" not in html(part.markup)
        assert "\x1b" not in html(part.markup)
    if "overrides" in content or content == "{}":
        assert "is not recorded" in text_of(headline(subject))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.1", "0.1"), ("[crop: 4]", "[crop: 4]"), ("/home/me/cats", "cats"),
        ("~/cats", "cats"), ("~", "…"), ("~me", "…"), ("'/home/a b/cats'", "cats"),
        (r"C:\Users\me\cats", "cats"), ("/", "…"), ("../me/run-1/", "run-1"),
        ("{run: /home/a b/run, skip: fc}", "…"), ("[/a/b, c]", "…"),
    ],
)  # fmt: skip
def test_folders_are_cut(value, shown):
    assert without_folders(value) == shown


@pytest.mark.parametrize(
    ("values", "text"),
    [({"a": {"b": 3}}, "3"), ({"a": {}}, ""), ({"a": 3}, ""), (None, ""), ({"a": {"b": [1]}}, ""),
     ({"a": {"b": "x\n\x1b"}}, "x??"), ({"a": {"b": True}}, "")],
)  # fmt: skip
def test_told(values, text):
    assert told(values, "a", "b") == text


def test_a_name_that_ships_is_called_so():
    names = {path.stem for path in CONFIGS.glob("*.yaml")}
    assert "digits" in names
    other = Subject(cnncli.Network("digits", set={"name": "my net"}).checked)
    assert command(other) == """cnn train 'my net.yaml' --set 'name="my net"'"""


def test_the_record_is_json(digits_run):
    assert json.loads((digits_run.path / "run.json").read_text())["overrides"]
