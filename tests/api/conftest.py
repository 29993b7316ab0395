"""Networks and runs on a tiny network and the shipped digits."""

import warnings

import pytest

import cnncli
from tests.cli.commands import write_config


@pytest.fixture(scope="session")
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="session")
def run(config, tmp_path_factory):
    """A finished run, trained from Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a run of a second never predicts some class
        run = cnncli.Network(config).train(out=tmp_path_factory.mktemp("runs") / "run")
    yield run
    run.close()
