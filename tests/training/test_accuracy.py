"""What the configurations promise, trained in full; minutes, so only in `make slow`."""

from pathlib import Path

import pytest

from tests.cli.commands import call

CONFIGS = Path(__file__).parents[2] / "configs"


def _accuracy(result):
    assert result.exit_code == 0, result.stderr
    return float(result.stdout.split("accuracy ")[1].split(",")[0])


@pytest.mark.slow
def test_digits_over_five_seeds(tmp_path):
    config = CONFIGS / "digits.yaml"
    found = [
        _accuracy(call("train", config, "--seed", seed, "--out", tmp_path / str(seed)))
        for seed in range(5)
    ]
    assert sum(found) / 5 >= 0.98, found


@pytest.mark.slow
def test_cifar_on_its_stand_in(tmp_path):
    overrides = ("--set", f"data.root={tmp_path}", "--no-download")
    result = call("train", CONFIGS / "cifar.yaml", "--out", tmp_path / "run", *overrides)
    assert result.stdout.startswith("patterns, ")
    assert _accuracy(result) >= 0.90
