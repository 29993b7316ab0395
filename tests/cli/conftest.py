"""Commands on a tiny network and the shipped digits."""

from types import SimpleNamespace

import pytest

from tests.cli.commands import call, write_config


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A finished run: .config, .out, .result."""
    folder = tmp_path_factory.mktemp("trained")
    config, out = write_config(folder), folder / "run"
    return SimpleNamespace(config=config, out=out, result=call("train", config, "--out", out))


@pytest.fixture(scope="session")
def on_stand_in(tmp_path_factory):
    """The same on the stand-in of a CIFAR-10 that is not there."""
    folder = tmp_path_factory.mktemp("stand_in")
    data = f"{{name: cifar10, root: {folder}, stand_in: patterns, limit: 64}}"
    config = write_config(folder, data=data, architecture="INPUT-POOL(F=8,S=8)-FC")
    out = folder / "run"
    result = call("train", config, "--out", out, "--no-download", "--epochs", 1)
    return SimpleNamespace(config=config, out=out, result=result, folder=folder)
