"""`cnncli.Network`: what can be seen of a network before it is trained."""

import html
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import cnncli
from tests.cli.commands import DATA, call

LAYERS = "INPUT(32x32x3)-CONV-RELU-POOL-FC(K=10)"


def test_the_import_loads_no_library():
    code = (
        "import sys, cnncli; dir(cnncli);"
        "names = ('numpy', 'pydantic', 'yaml', 'click', 'tqdm');"
        "sys.exit(any(m.split('.')[0] in names for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", sorted({*cnncli.__all__} - {"__version__"}))
def test_every_name_of_the_interface_is_there(name):
    assert getattr(cnncli, name).__name__ == name
    assert name in dir(cnncli)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="module 'cnncli' has no attribute 'Net'"):
        _ = cnncli.Net


def test_a_file(config):
    """The numbers are those that `cnn shapes --json` gives."""
    network = cnncli.Network(config)
    told = json.loads(call("shapes", config, "--json").stdout)
    assert (network.name, network.valid, network.problems) == ("tiny", True, ())
    assert list(network.layers) == [layer["name"] for layer in told["layers"]]
    for layer, each in zip(told["layers"], network.layers.values(), strict=True):
        assert (each.kind, each.parameters, each.macs, list(each.output)) == (
            layer["kind"], layer["parameters"], layer["macs"], layer["output"],
        )  # fmt: skip
        assert each.hyperparameters == layer["hyperparameters"]
    assert network.total.parameters == told["total"]["parameters"]
    assert network.memory == told["step"]["bytes"]


def test_what_is_shown(config):
    network = cnncli.Network(config)
    assert repr(network) + "\n" == call("shapes", config).stdout
    assert network._repr_html_() == f"<pre>{html.escape(repr(network))}</pre>"
    explained = call("shapes", config, "--explain", "conv1").stdout
    assert network.layers["conv1"].explain() + "\n" == explained
    columns = ["layer", "parameters"]
    assert (
        network.table(columns) + "\n"
        == call("shapes", config, "--columns", ",".join(columns)).stdout
    )


def test_html_is_escaped():
    network = cnncli.Network({"name": "<b>", "architecture": LAYERS})
    assert "<b>" not in network._repr_html_()


def test_a_pattern_a_text_and_a_dictionary_are_the_same_network():
    networks = [
        cnncli.Network.parse(LAYERS),
        cnncli.Network.parse(f"architecture: {LAYERS}\n"),
        cnncli.Network({"architecture": LAYERS}),
    ]
    tables = {network.table() for network in networks}
    assert len(tables) == 1
    assert networks[0].total.parameters == 336 + 30_730


def test_files_of_blocks(tmp_path, monkeypatch):
    """Those of a file lie beside it, and all others are looked for in the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.yaml").write_text("blocks: {unit: CONV -> RELU}\n")
    given = {"blocks": {"from": "a.yaml"}, "architecture": "INPUT(8x8x1)-unit-FC-2"}
    (tmp_path / "parts" / "net.yaml").write_text(json.dumps(given))
    assert "unit1.conv1" in cnncli.Network("parts/net.yaml").layers
    for network in (cnncli.Network(given), cnncli.Network.parse(json.dumps(given))):
        (problem,) = network.problems
        assert problem.message == "a.yaml: there is no such file"
    given["blocks"] = {"from": ["parts/a.yaml"]}
    for network in (cnncli.Network(given), cnncli.Network.parse(json.dumps(given))):
        assert network.valid
        assert "unit1.conv1" in network.layers


def test_values_that_are_set():
    given = {"train.batch_size": 4, "limits": None, "train.optimizer": {"name": "adam", "lr": 0.1}}
    network = cnncli.Network.parse(LAYERS, set=given)
    assert network.valid
    assert cnncli.Network.parse(LAYERS, set=["train.batch_size=4"]).memory < network.memory
    assert cnncli.Network.parse(LAYERS, batch=1).memory < cnncli.Network.parse(LAYERS).memory


def test_problems_are_told_and_not_raised():
    network = cnncli.Network.parse("INPUT(7x7x1)-CONV(F=2,S=2,P=0)-FC(K=2)")
    (problem,) = network.problems
    assert not network.valid
    assert (problem.severity, problem.layer) == ("error", "conv1")
    assert problem.fixes
    assert problem.message.splitlines()[0] in repr(network)
    assert network.layers["input1"].output == (7, 7, 1)
    with pytest.raises(cnncli.ConfigError):
        _ = network.total
    with pytest.raises(cnncli.ConfigError):
        network.train()


def test_what_is_no_configuration(tmp_path):
    missing = cnncli.Network(tmp_path / "none.yaml")
    assert not missing.valid
    assert "there is no such file" in str(missing.problems[0].message)
    assert missing.layers == {}
    assert "could not be read" in repr(missing)
    with pytest.raises(cnncli.UsageError, match="what YAML has no form for"):
        cnncli.Network({"architecture": object()})
    with pytest.raises(cnncli.UsageError, match="--set"):
        cnncli.Network({"architecture": LAYERS}, set=["epochs"])


def test_a_network_without_data_cannot_be_trained():
    with pytest.raises(cnncli.ConfigError, match="data"):
        cnncli.Network.parse(LAYERS).train()


def test_a_limit_that_is_exceeded():
    network = cnncli.Network(
        {
            "architecture": "INPUT-FC",
            "data": {"name": "digits", "root": str(DATA)},
            "limits": {"parameters": 10},
        }
    )
    assert not network.valid
    with pytest.raises(cnncli.TargetMissed):
        network.train()


def test_numbers_that_are_none(config):
    for batch in (0, -5):
        with pytest.raises(cnncli.UsageError, match=f"batch must be .* from 1 on, found {batch}"):
            cnncli.Network(config, batch=batch)
    with pytest.raises(cnncli.UsageError, match=r"max_steps must be .* from 1 on, found 0"):
        cnncli.Network(config).train(max_steps=0)
    with pytest.raises(cnncli.UsageError, match="unknown column 'laier'; did you mean layer"):
        cnncli.Network(config).table(["laier"])


@pytest.mark.parametrize(
    "value",
    [np.int64(3), np.array(3), np.uint8(3), 3],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_numpy_are_numbers(value):
    """In what is set, in a dictionary, and for an argument."""
    given = cnncli.Network.parse(LAYERS, set={"train.batch_size": value})
    written = cnncli.Network({"architecture": LAYERS, "train": {"batch_size": value}})
    expected = cnncli.Network.parse(LAYERS, set="train.batch_size=3").memory
    assert (given.problems[1:], written.problems[1:]) == ((), ())
    assert given.memory == written.memory == expected


def test_other_values_of_python():
    floats = {"train.optimizer.lr": np.float32(0.5), "train.mixup": np.float64(0.25)}
    network = cnncli.Network.parse(LAYERS, set=floats)
    train = network.checked.spec.train
    assert (train.optimizer.lr, train.mixup) == (0.5, 0.25)
    size = cnncli.Network({"architecture": [{"input": "32x32x3"}, {"fc": np.int32(5)}]})
    assert size.layers["fc1"].output == (1, 1, 5)
    data = {"name": "digits", "root": DATA}
    assert cnncli.Network({"architecture": "INPUT-FC", "data": data}).valid
    flags = cnncli.Network.parse(LAYERS, set={"data": {"name": "digits", "normalise": np.False_}})
    assert not flags.checked.spec.data.normalise


def test_a_table_can_be_pickled(config):
    table = cnncli.Network(config).table()
    assert type(table) is str
    assert pickle.loads(pickle.dumps(table)) == table


def test_several_processes_of_a_launch_are_warned_of(tmp_path, monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "4")
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "2")
    network = cnncli.Network("configs/digits.yaml", set={"train.threads": 1})
    with pytest.warns(cnncli.CnncliWarning) as found:
        network.train(out=tmp_path / "run", max_steps=1, bar=False)
    assert str(found[0].message) == (
        "mpirun has started 4 processes, and each trains a network of its own; `mpirun -n 4 cnn "
        "train` trains one"
    )
