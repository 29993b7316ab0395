"""Configurations as runs record them."""

import pytest

from cnncli.check.check import check
from cnncli.config.load import load_text
from cnncli.training.session import complete_configuration


@pytest.fixture
def complete(config):
    """complete(overrides...): the configuration as a run records it."""

    def complete(*overrides):
        return load_text(complete_configuration(*check(config, overrides).network()), config)

    return complete
