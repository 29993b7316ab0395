import re

import pytest

import cnncli
from cnncli.check.result import Step
from cnncli.page.material.history import History
from cnncli.page.sections import cost as module
from cnncli.page.sections.cost import SHOWN, cost
from cnncli.page.subject import Subject


def subject_of(run):
    return Subject(run._checked, run.saved, notify=lambda text: None)


def text_of(section):
    return " ".join("".join(part.itertext()) for part in section.body)


def bars_of(drawing):
    """Names and texts of the bars."""
    texts = [text.text for text in drawing.iter("text")]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def lengths_of(drawing):
    return [float(rect.get("width")) for rect in drawing.iter("rect")]


def test_memory_is_that_of_a_step(digits_run):
    subject = subject_of(digits_run)
    section = cost(subject)
    memory = Step.of(subject.spec, subject.graph, subject.spec.train.batch_size).memory
    assert [*bars_of(section.figures["cost-memory"])] == [*memory._fields]
    largest = max(memory)
    expected = [280 * size / largest for size in memory]
    assert lengths_of(section.figures["cost-memory"]) == pytest.approx(expected, abs=0.05)


def test_multiply_adds_are_those_of_the_layers():
    network = cnncli.Network("digits")
    section = cost(Subject(network.checked))
    macs = {node.name: node.cost.macs for node in network.graph.nodes if node.cost.macs}
    found = bars_of(section.figures["cost-multiply-adds"])
    whole = network.total.macs
    assert found == {name: f"{own:,} {own / whole:.1%}" for name, own in macs.items()}
    assert f"{network.total.training_macs:,} in a training step" in text_of(section)


def test_of_many_layers_the_largest_are_shown():
    network = cnncli.Network("resnet56")
    macs = {node.name: node.cost.macs for node in network.graph.nodes if node.cost.macs}
    found = bars_of(cost(Subject(network.checked)).figures["cost-multiply-adds"])
    assert len(found) == SHOWN + 1
    others = sum(sorted(macs.values())[: len(macs) - SHOWN])
    name, text = [*found.items()][-1]
    assert name == f"{len(macs) - SHOWN} others"
    assert text.split()[0] == f"{others:,}"


def test_layers_of_a_short_step_are_timed(digits_run, monkeypatch):
    monkeypatch.setattr(module, "_SHORT", 100)
    section = cost(subject_of(digits_run))
    names = {node.name for node in digits_run.saved.graph.nodes}
    times = bars_of(section.figures["cost-time"])
    times.pop("forward")
    assert times.keys() == names | {"rest", "optimizer"}
    shares = [float(re.search(r"([\d.]+)%", text)[1]) for text in times.values()]
    assert sum(shares) == pytest.approx(100, abs=1)
    assert "Measured for this page" in text_of(section)


@pytest.mark.parametrize(
    ("limit", "what"),
    [(0.0, "too long to be timed here")],
)
def test_a_long_step_is_not_timed(digits_run, monkeypatch, limit, what):
    monkeypatch.setattr(module, "_SHORT", limit)
    section = cost(subject_of(digits_run))
    assert "cost-time" not in section.figures
    assert what in text_of(section)
    assert "cnn time digits --set train.epochs=4 --set train.threads=1" in text_of(section)


def test_without_an_epoch_nothing_is_timed(digits_run):
    subject = subject_of(digits_run)
    subject.__dict__["history"] = History("digits", [])
    assert "How long a step takes is not recorded." in text_of(cost(subject))


def test_a_configuration_has_the_command():
    section = cost(Subject(cnncli.Network("vgg16").checked))
    assert text_of(section).endswith("cnn time vgg16")
    assert "cost-time" not in section.figures
