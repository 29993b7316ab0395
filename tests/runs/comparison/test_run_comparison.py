"""What is different between two runs: settings, layers, environment, figures, epochs."""

import json
import shutil

import pytest

from cnncli.errors import CheckpointError
from cnncli.runs.comparison.comparison_output import runs_json, runs_text
from cnncli.runs.comparison.run_comparison import Parting, compare_runs, find_run
from tests.messages import error_text
from tests.runs.made import ABOUT, CONFIG, ENDED, epoch, finished, made_run
from tests.runs.test_collection import FORMER


def comparison(*places):
    return compare_runs(*(find_run(str(place)) for place in places))


def test_equal_runs(tmp_path):
    """Whatever the clock said, and wherever they are."""
    lines = [epoch(n) for n in (1, 2, 3)]
    first = made_run(tmp_path / "a", *lines)
    later = [line | {"seconds": 9.0, "images_per_second": 1.0} for line in lines]
    second = made_run(tmp_path / "b", *later, started="2027-01-01T00:00:00+00:00")
    found = comparison(first, second)
    assert (found.same, found.parting, found.equal_epochs) == (True, None, 3)
    assert (found.configuration, found.environment) == ({}, {})
    assert runs_text(found).split("\n")[:10] == [
        f"--- {first}: interrupted, 3 of 4 epochs in 4.5 s",
        f"+++ {second}: interrupted, 3 of 4 epochs in 27 s",
        "",
        "configuration: the same",
        "",
        "the networks are the same: 2 layers with the same shapes and parameters",
        "",
        "environment: the same",
        "",
        "metrics: equal to the bit in 3 epochs, all that both have",
    ]


def test_everything_that_differs(tmp_path):
    text = CONFIG.replace("lr: 0.05, momentum: 0.9", "lr: 0.1, weight_decay: 0.5")
    text = text.replace("K: 10", "K: 9")
    first = finished(tmp_path / "a", versions={"numpy": "2.4.6", "blas": [{"version": "0.3"}]})
    about = ABOUT | {"command": ["cnn", "train", "a b"], "overrides": [{"set": "a=1", "file": "2"}]}
    lines = (epoch(1), epoch(2, 0.625), epoch(3, 0.625, train_loss=0.6666666666666667))
    second = made_run(tmp_path / "b", *lines, config=text, about=about, versions={"numpy": "2.4.7"})
    text = runs_text(comparison(first, second))
    assert text.split("\n")[:15] == [
        f"--- {first}: finished, 4 of 4 epochs in 6.0 s",
        f"+++ {second}: interrupted, 3 of 4 epochs in 4.5 s",
        "",
        "configuration:",
        "~ train.optimizer.lr  0.05 -> 0.1",
        "- train.optimizer.momentum  0.9",
        "+ train.optimizer.weight_decay  0.5",
        "",
        "  input1: the same",
        "~ fc1  FC  K 10 -> 9",
        "    output 1x1x10 -> 1x1x9",
        "    parameters 650 -> 585 (-65)",
        "    multiply-adds 640 -> 576 (-64)",
        "",
        "total                         before      after          difference",
    ]
    assert text[text.index("environment:") :].split("\n") == [
        "environment:",
        "~ command  cnn train net.yaml -> cnn train 'a b'",
        "~ versions.numpy  2.4.6 -> 2.4.7",
        "- versions.blas  0.3",
        "+ overrides  a=1",
        "",
        "metrics: equal to the bit for 2 epochs; in epoch 3 train_loss is 0.6666666666666666 and "
        "0.6666666666666667",
        "",
        "figure                      before        after  difference",
        "------------------------  --------  -----------  ----------",
        "state                     finished  interrupted",
        "epochs                           4            3          -1",
        "step                            28           21          -7",
        "best epoch                       2            2           0",
        "best validation accuracy    0.6250       0.6250      0.0000",
        "best validation loss        1.0000       1.0000      0.0000",
        "validation accuracy         0.2500       0.6250     +0.3750",
        "validation loss             1.0000       1.0000      0.0000",
        "train accuracy              0.2500       0.2500      0.0000",
        "train loss                  0.5000       0.6667     +0.1667",
        "test accuracy               0.7500            -",
        "test loss                   0.5000            -",
    ]


@pytest.mark.parametrize(
    ("change", "equal", "parting"),
    [
        ({}, 3, None),
        ({"seconds": 0.1}, 3, None),
        ({"train_loss": 1.0000000000000002}, 1, Parting(2, "train_loss", 1.0, 1 + 2**-52)),
        ({"validation_loss": -0.0}, 1, Parting(2, "validation_loss", 1.0, -0.0)),
        ({"rollbacks": 1}, 1, Parting(2, "rollbacks", None, 1)),
        ({"train_loss": [1]}, 1, Parting(2, "train_loss", 1.0, [1])),
    ],
)
def test_where_they_part(tmp_path, change, equal, parting):
    first = made_run(tmp_path / "a", epoch(1), epoch(2), epoch(3), epoch(4))
    second = made_run(tmp_path / "b", epoch(1), epoch(2, **change), epoch(3))
    found = comparison(first, second)
    assert (found.equal_epochs, found.parting) == (equal, parting)
    assert found.same is (parting is None)
    json.loads(runs_json(found))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "metrics: there is no epoch that both have"),
        ((epoch(1),), "metrics: equal to the bit in 1 epoch, all that both have"),
        ((epoch(1, 0.25),), "metrics: different from the first epoch on; in epoch 1 "
         "validation_accuracy is 0.5 and 0.25"),
        ((epoch(1), epoch(2, rollbacks=2)), "metrics: equal to the bit for 1 epoch; in epoch 2 "
         "rollbacks is - and 2"),
    ],
)  # fmt: skip
def test_what_is_said_of_epochs(tmp_path, lines, said):
    first = made_run(tmp_path / "a", epoch(1), epoch(2))
    assert said in runs_text(comparison(first, made_run(tmp_path / "b", *lines))).split("\n")


def test_json(tmp_path):
    first = finished(tmp_path / "a", ranks=2)
    second = made_run(tmp_path / "b", epoch(1, 0.75), config=CONFIG.replace("seed: 1", "seed: 2"))
    found = json.loads(runs_json(comparison(first, second)))
    assert found["network"]["same"] is True
    assert found | {"network": None, "metrics": None} == {
        "before": {"run": str(first), "state": "finished", "remark": ENDED["reason"]},
        "after": {"run": str(second), "state": "interrupted", "remark": None},
        "same": False,
        "configuration": {"train.seed": {"before": 1, "after": 2}},
        "network": None,
        "environment": {"ranks": {"before": "2", "after": None}},
        "metrics": None,
        "equal_epochs": 0,
        "parting": {"epoch": 1, "key": "validation_accuracy", "before": 0.5, "after": 0.75},
    }
    assert found["metrics"]["test_accuracy"] == {"before": 0.75, "after": None}
    assert found["metrics"]["epochs"] == {"before": 4, "after": 1}


def test_a_run_of_an_earlier_version_and_its_checkpoints():
    """The same run with and without an interruption; `whole` has nothing but a checkpoint."""
    small = FORMER / "small"
    found = comparison(small / "interrupted", small / "whole")
    assert (found.equal_epochs, found.same) == (3, True)
    assert found.environment["versions.numpy"] == ("2.4.6", None)
    assert found.environment["versions.blas"] == ("openblas 0.3.31.188.0 SkylakeX", None)
    best = comparison(small / "interrupted" / "best.safetensors", small / "interrupted")
    assert (best.same, best.environment) == (True, {})
    other = comparison(small / "whole", FORMER / "kinds" / "whole" / "last.safetensors")
    assert other.configuration["train.optimizer.name"] == ("sgd", "adam")
    assert other.network
    assert not other.network.same


def test_a_checkpoint_that_is_alone(tmp_path):
    source = FORMER / "small" / "whole" / "last.safetensors"
    shutil.copy(source, tmp_path / "alone.safetensors")
    found = comparison(tmp_path / "alone.safetensors", source)
    assert found.configuration == {}
    assert found.network
    assert found.network.same


def test_a_configuration_that_is_not_understood_any_more(tmp_path):
    first = made_run(tmp_path / "a")
    second = made_run(tmp_path / "b", config=CONFIG.replace("{K: 10", "{nothing: 3, K: 10"))
    found = comparison(first, second)
    assert found.network is None
    assert found.same is False
    assert list(found.configuration) == ["architecture"]
    said = "the networks are not compared: this version does not understand one of them"
    assert said in runs_text(found).split("\n")
    assert json.loads(runs_json(found))["network"] is None


def test_what_is_no_run(tmp_path):
    (tmp_path / "net.yaml").write_text(CONFIG)
    for place in (tmp_path, tmp_path / "net.yaml", tmp_path / "nothing"):
        assert find_run(str(place)) is None


def test_a_run_whose_configuration_is_damaged(tmp_path):
    place = made_run(tmp_path / "a", config="{")
    said = error_text(CheckpointError, find_run, str(place))
    assert said.startswith(f"{place}/config.yaml: is damaged: ")
    said = error_text(CheckpointError, find_run, str(made_run(tmp_path / "b", config=None)))
    assert said == f"{tmp_path / 'b'}: holds no configuration, and no checkpoint that has one"
    (tmp_path / "c.safetensors").write_bytes(b"")
    said = error_text(CheckpointError, find_run, str(tmp_path / "c.safetensors"))
    assert said == f"{tmp_path / 'c.safetensors'}: the file is damaged: its header is cut off"


HOSTILE = {
    "a\nb\x1b[2J": "\x1b[31m", "deep": {"a": {"b": {"c": {"d": [[[[]]]]}}}}, "many": [0] * 9_999,
    "long": "x" * 99_999, "algorithms": {f"conv{n}": "direct" for n in range(5_000)},
    "command": [1, "a"], "versions": ["x"], "machine": None, "overrides": [{"set": 1}, {}],
    "data": {"sha256": float("nan")}, "ended": [1], "best": {},
}  # fmt: skip


def test_run_json_may_hold_anything(tmp_path, soon):
    deep = "[" * 400 + "]" * 400
    first = made_run(tmp_path / "a", epoch(1, **HOSTILE), about=HOSTILE | {"x": json.loads(deep)})
    second = made_run(tmp_path / "b", epoch(1))
    with soon():
        found = comparison(first, second)
        text = runs_text(found)
    assert len(text) < 20_000
    assert "\x1b" not in text
    assert "  and 4," in text
    json.loads(runs_json(found))
