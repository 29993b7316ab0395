from pathlib import Path

import pytest

from cnncli.errors import UsageError
from cnncli.report.shapes.columns import COLUMNS, DEFAULT, select_columns
from cnncli.report.shapes.layer_table import layer_table
from tests.messages import error_text

CONFIGS = Path(__file__).parents[3] / "configs"


def rows(checked, names: str) -> list[list[str]]:
    """The cells of the table, without headings and rules; empty ones are left out."""
    lines = layer_table(checked.spec, checked.graph, select_columns(names)).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("---"))
    return [line.split() for line in lines[first + 1 :] if not line.startswith("---")]


ALEXNET = "architecture: INPUT(227x227x3) -> CONV(K=96, F=11, S=4, P=0) -> RELU -> FC-10"


@pytest.mark.parametrize(
    ("name", "cells", "total"),
    [
        ("kind", ["INPUT", "CONV", "RELU", "FC"], None),
        ("input", ["", "227x227x3", "55x55x96", "55x55x96"], None),
        ("output", ["227x227x3", "55x55x96", "55x55x96", "1x1x10"], None),
        ("neurons", ["0", "290,400", "0", "10"], "290,410"),
        ("connections", ["0", "363", "0", "290,400"], None),
        ("parameters", ["0", "34,944", "0", "2,904,010"], "2,938,954"),
        ("parameters_share", ["0.0%", "1.2%", "0.0%", "98.8%"], "100.0%"),
        ("unshared", ["0", "105,705,600", "0", "2,904,010"], "108,609,610"),
        ("macs", ["0", "105,415,200", "0", "2,904,000"], "108,319,200"),
        ("macs_share", ["0.0%", "97.3%", "0.0%", "2.7%"], "100.0%"),
        # forward and dW of the first layer, and dx too of the last
        ("training_macs", ["0", "210,830,400", "0", "8,712,000"], "219,542,400"),
        ("activations", ["603.86 KiB", "1.11 MiB", "1.11 MiB", "40 B"], "2.81 MiB"),
        ("activations_share", ["21.0%", "39.5%", "39.5%", "0.0%"], "100.0%"),
        ("memory", ["154,587", "290,400", "290,400", "10"], "735,397"),
        ("im2row", ["", "363x3025", "", "290400x1"], None),
        ("receptive_field", ["1x1", "11x11", "11x11", "227x227"], None),
        ("jump", ["1x1", "4x4", "4x4", "0x0"], None),
        ("centre", ["0, 0", "5, 5", "5, 5", "113, 113"], None),
    ],
)
def test_the_first_layer_of_alexnet(check, name, cells, total):
    found = rows(check(ALEXNET), f"layer,{name}")
    assert [" ".join(row[1:]) for row in found[:4]] == cells
    assert [" ".join(row[1:]) for row in found[4:]] == ([] if total is None else [total])


def test_neurons_of_alexnet(check):
    """The paper counts 650,000 neurons; its first layer is 224 pixels wide."""
    found = rows(check((CONFIGS / "alexnet.yaml").read_text()), "neurons")
    assert found[-1] == ["659,272"]


def test_from_is_empty_where_it_is_the_layer_above(residual):
    assert rows(residual, "layer,from") == [
        ["input1"],
        ["conv1"],
        ["unit1.conv1"],
        ["unit1.main"],
        ["unit1.add1", "unit1.main,", "conv1"],
        ["unit2.conv1"],
        ["unit2.main"],
        ["unit2.add1", "unit2.main,", "unit1.add1"],
        ["fc1"],
    ]


def test_several_inputs(inception):
    found = {row[0]: row[1:] for row in rows(inception, "layer,input,jump")}
    assert found["cell1.concat1"] == ["8x8x2,", "8x8x4,", "8x8x1", "1x1"]


def test_a_network_with_branches_shows_from_by_itself(residual, check):
    head = layer_table(residual.spec, residual.graph).splitlines()[1].split()
    assert head[:4] == ["layer", "kind", "from", "hyperparameters"]
    chain = check("architecture: INPUT(8x8x1) -> CONV -> FC-3")
    assert "from" not in layer_table(chain.spec, chain.graph)


def test_of_nothing_the_share_is_0(check):
    found = rows(check("architecture: INPUT(2x2x1) -> RELU"), "layer,parameters_share")
    assert found == [["input1", "0.0%"], ["relu1", "0.0%"], ["total", "0.0%"]]


def test_what_is_not_known(check):
    nowhere = check("architecture: INPUT(8x8x1) -> CONV -> RELU(from=nowhere) -> FC-3")
    assert rows(nowhere, "layer,from,output")[2:] == [["relu1", "?", "?"], ["fc1", "?"]]
    for name in set(COLUMNS) - {"layer", "kind", "from", "hyperparameters"}:
        found = rows(nowhere, f"layer,{name}")
        assert found[2:4] == [["relu1", "?"], ["fc1", "?"]]
        assert found[4:] == ([["total", "?"]] if COLUMNS[name].total else [])


def test_a_total_needs_a_place_for_its_name(check):
    found = rows(check("architecture: INPUT(2x2x1) -> FC-2"), "macs,kind")
    assert found == [["0", "INPUT"], ["8", "FC"], ["8"]]


def test_choosing():
    assert select_columns("layer, im2row,layer") == ("layer", "im2row")
    assert select_columns("Receptive-Field") == ("receptive_field",)
    assert select_columns("all") == tuple(COLUMNS)
    assert select_columns("default,jump") == (*DEFAULT, "jump")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("layer,paramters", "--columns: unknown column 'paramters'; did you mean parameters?"),
        ("rf", "--columns: unknown column 'rf'; did you mean receptive_field?"),
        (
            "",
            "--columns: unknown column ''; the columns are layer, kind, from, hyperparameters, "
            "input, output, neurons, connections, weights, parameters, parameters_share, unshared, "
            "macs, macs_share, training_macs, activations, activations_share, memory, im2row, "
            "receptive_field, jump, centre, all and default",
        ),
    ],
)
def test_unknown_columns(names, message):
    assert error_text(UsageError, select_columns, names) == message
