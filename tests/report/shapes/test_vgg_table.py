"""The notes' table of VGGNet's memory and weights, row by row, and the golden file of ours."""

from pathlib import Path

from click.testing import CliRunner

from cnncli.cli.main import cli
from cnncli.config.load import load
from cnncli.graph.build import build

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden" / "vgg16.txt"
CONFIG = "configs/vgg16.yaml"
COLUMNS = "layer,kind,output,memory,weights,parameters,receptive_field"

NOTES = """\
INPUT 224x224x3 150528 0
CONV3-64 224x224x64 3211264 1728
CONV3-64 224x224x64 3211264 36864
POOL2 112x112x64 802816 0
CONV3-128 112x112x128 1605632 73728
CONV3-128 112x112x128 1605632 147456
POOL2 56x56x128 401408 0
CONV3-256 56x56x256 802816 294912
CONV3-256 56x56x256 802816 589824
CONV3-256 56x56x256 802816 589824
POOL2 28x28x256 200704 0
CONV3-512 28x28x512 401408 1179648
CONV3-512 28x28x512 401408 2359296
CONV3-512 28x28x512 401408 2359296
POOL2 14x14x512 100352 0
CONV3-512 14x14x512 100352 2359296
CONV3-512 14x14x512 100352 2359296
CONV3-512 14x14x512 100352 2359296
POOL2 7x7x512 25088 0
FC 1x1x4096 4096 102760448
FC 1x1x4096 4096 16777216
FC 1x1x1000 1000 4096000
"""


def test_the_notes_table_row_by_row():
    graph = build(load(ROOT / CONFIG), None, None)
    rows = [
        (str(node.out_shape), node.out_shape.size, node.weights)
        for node in graph.nodes
        if node.layer.kind in ("INPUT", "CONV", "POOL", "FC")
    ]
    notes = [line.split() for line in NOTES.splitlines()]
    assert rows == [(shape, int(memory), int(weights)) for _, shape, memory, weights in notes]
    assert sum(memory for _, memory, _ in rows) == 15_237_608
    assert sum(weights for *_, weights in rows) == 138_344_128


def test_the_table_of_the_command(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["shapes", CONFIG, "--columns", COLUMNS])
    table = result.stdout.split("\n\nmemory of one training step")[0]
    assert table == GOLDEN.read_text().rstrip("\n")
