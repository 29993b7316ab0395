"""`cnn gradcheck`: a line for each layer, and status 1 for a wrong gradient, without images."""

import re

import pytest

from cnncli.layers.pool import Pool
from tests.cli.commands import call, refusal, succeed, write_config

LAYERS = ["conv1", "batchnorm1", "relu1", "pool1", "fc1"]


@pytest.fixture
def config(tmp_path):
    """Its data set is nowhere."""
    return write_config(tmp_path, data=f"{{name: cifar10, root: {tmp_path}}}")


def test_a_right_network(config):
    result = succeed("gradcheck", config)
    assert result.stderr == ""
    title, _, head, _, *lines = result.stdout.splitlines()
    assert title == f"{config}: tiny, gradients beside central differences"
    assert head.split() == ["layer", "kind", "numbers", "kinks", "error", "at"]
    assert [line.split()[0] for line in lines] == [*LAYERS, "network"]
    for line in lines:
        assert re.search(r" \d+ +\d+  \d\.\de-\d\d  [a-z]+1\.\w+\[[\d,]+\]$", line)


def test_the_same_seed_shows_the_same(config):
    assert succeed("gradcheck", config).stdout == succeed("gradcheck", config).stdout
    assert succeed("gradcheck", config, "--seed", 5).stdout != succeed("gradcheck", config).stdout


def test_every_number(tmp_path):
    """12 pixels of 3 images, and so on."""
    config = tmp_path / "small.yaml"
    config.write_text("architecture: INPUT(4x3x1)-CONV3-2-TANH-FC-2")
    lines = succeed("gradcheck", config, "--all").stdout.splitlines()[4:]
    assert [line.split()[-4] for line in lines] == ["56", "72", "122", "70"]


def test_a_wrong_gradient(config, monkeypatch):
    backward = Pool.backward
    monkeypatch.setattr(
        Pool, "backward", lambda *given: tuple(1.001 * dx for dx in backward(*given))
    )
    result = call("gradcheck", config)
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()[4:]] == [*LAYERS, "network"]
    first, *wrong = result.stderr.splitlines()
    assert first == f"{config}: a gradient is off by more than 1e-06:"
    assert len(wrong) == 2
    pattern = r"  {}\[[\d,]+\]: the gradient is \S+, differences give \S+; off by {}"
    assert re.fullmatch(pattern.format(r"pool1\.x", r"1\.0e-03"), wrong[0])
    assert re.fullmatch(pattern.format(r"(conv|batchnorm)1\.\w+", r"\d\.\de-0[34]"), wrong[1])
    assert call("gradcheck", config, "--tolerance", 0.01).exit_code == 0


def test_a_warning_and_a_fault(config):
    warned = succeed("gradcheck", config, "--set", "architecture=INPUT-FC-RELU")
    assert warned.stderr.startswith("warning: ")
    problem = refusal(
        "gradcheck", config, "--set", "architecture=INPUT-CONV(F=4,S=3,P=0)-FC", status=2
    )
    assert "(32 - 4 + 2*0)/3 + 1 = 10.333 is not a whole number." in problem
    refusal("gradcheck", config.parent / "none.yaml", status=2)


@pytest.mark.parametrize("tolerance", ["0", "1e-8", "2", "nan", "-1"])
def test_a_tolerance_that_says_nothing(config, tolerance):
    assert "--tolerance" in refusal("gradcheck", config, "--tolerance", tolerance, status=2)
