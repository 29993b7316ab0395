from dataclasses import replace

import pytest

from cnncli.check import rules
from cnncli.check.rules import check_memory
from cnncli.config.load import load_text
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError

GIB = 2**30


@pytest.fixture
def network(tmp_path):
    """network(batch_size): specification and graph, whose weights take 1 GiB."""

    def make(batch_size):
        text = f"architecture: INPUT-FC-1048576-FC\ntrain: {{batch_size: {batch_size}, threads: 1}}"
        spec = load_text(text, tmp_path / "f.yaml")
        return spec, build(spec, Volume(8, 8, 4), 10)

    return make


def test_more_than_the_machine_has(network, monkeypatch, tmp_path):
    monkeypatch.setattr(rules, "machine_memory", lambda: 2 * GIB)
    with pytest.raises(ConfigError) as error:
        check_memory(*network(100), 1_000)
    assert str(error.value).startswith(
        f"{tmp_path}/f.yaml:2:21: train.batch_size: a training step on 100 images takes "
    )
    assert str(error.value).endswith(
        " GiB, and this machine has 2.0 GiB of memory.\n"
        "  Make train.batch_size, the images or the network smaller."
    )


def test_a_batch_has_no_more_images_than_there_are(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: 8 * GIB)
    check_memory(*network(10**9), 20)


def test_a_batch_that_wraps_around_is_always_whole(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: 8 * GIB)
    spec, graph = network(10**6)
    wrapping = replace(spec, train=replace(spec.train, last_batch="wrap"))
    with pytest.raises(ConfigError, match="a training step on 1,000,000 images takes "):
        check_memory(wrapping, graph, 20)


def test_a_system_that_does_not_tell(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: None)
    check_memory(*network(10**9), 10**9)
