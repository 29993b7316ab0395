"""Every configuration as a model, with random weights, beside ONNX Runtime."""

import json

import pytest

pytest.importorskip("onnx")

from tests.exchange.onnx_models.agreement import (
    CONFIGS,
    FOUND,
    MOST,
    SHORT_AND_LONG,
    agreement,
    of_configuration,
)

pytestmark = pytest.mark.onnx


@pytest.mark.parametrize("config", SHORT_AND_LONG)
def test_a_configuration(config):
    for kernels, found in agreement(of_configuration(config)).items():
        assert found <= MOST[kernels]


def test_what_is_noted():
    """It is what docs/exchange.md shows."""
    noted = json.loads(FOUND.read_text())
    assert [*noted] == [config.stem for config in CONFIGS]
    assert all(found <= MOST[kernels] for each in noted.values() for kernels, found in each.items())
