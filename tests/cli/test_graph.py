"""`cnn graph`: formats and exit statuses."""

import os
import subprocess
import sys

import pytest

from tests.cli.commands import call, refusal, succeed

NETWORK = "architecture: INPUT(8x8x1) -> CONV-4(name=a) -> RELU -> ADD(from=[a, relu1]) -> FC-3\n"

DRAWN = """\
                                        output
     layer   kind   hyperparameters  W x H x D
---  ------  -----  ---------------  ---------
●    input1  INPUT  size=8x8x1           8x8x1
●    a       CONV   K=4 F=3 S=1 P=1      8x8x4
├─●  relu1   RELU                        8x8x4
●─╯  add1    ADD                         8x8x4
●    fc1     FC     K=3                  1x1x3
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(NETWORK)
    return path


def test_text(config):
    result = call("graph", config)
    assert (result.exit_code, result.stdout, result.stderr) == (0, DRAWN, "")


def test_other_formats(config):
    assert call("graph", config, "--format", "mermaid").stdout.startswith("flowchart TD\n")
    assert call("graph", config, "--format", "dot").stdout.startswith('digraph "net" {\n')
    stderr = refusal("graph", config, "--format", "svg", status=2)
    assert "'svg' is not one of 'text', 'mermaid', 'dot'" in stderr


def test_an_override(config):
    result = succeed("graph", config, "--set", "architecture=INPUT(8x8x1)-FC-7")
    assert "K=7" in result.stdout


def test_a_terminal_that_knows_only_ascii(config):
    command = [sys.executable, "-m", "cnncli", "graph", str(config)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0
    assert result.stdout.splitlines()[5].startswith("+-o  relu1")


def test_a_network_with_errors_is_drawn_as_far_as_it_is_known(config):
    config.write_text("architecture: INPUT(8x8x1) -> RELU(from=nowhere) -> FC-3\n")
    result = call("graph", config)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[-2].split() == ["●", "relu1", "RELU", "?"]
    assert "there is no layer named 'nowhere'" in result.stderr


def test_a_warning_does_not_count(config):
    config.write_text("architecture: INPUT(8x8x1) -> FC-3 -> RELU\n")
    result = succeed("graph", config)
    assert result.stderr.startswith("warning: ")


@pytest.mark.parametrize("text", [None, "architecture: [\n", "data: cifar10\n"])
def test_nothing_to_draw(config, text):
    if text is None:
        config.unlink()
    else:
        config.write_text(text)
    assert refusal("graph", config, status=2).startswith(str(config))
