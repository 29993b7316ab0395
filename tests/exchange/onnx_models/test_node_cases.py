"""The ONNX project's own cases: those that run are right, and no fewer run than are noted."""

import json

import pytest

pytest.importorskip("onnx")

from cnncli.exchange.onnx_models.reading.network_parts import readers
from tests.exchange.onnx_models.node_cases import FOUND, Left, cases, computed
from tests.exchange.onnx_models.scoring import difference

pytestmark = pytest.mark.onnx

ROUNDED = {"averagepool_2d_ceil_last_window_starts_on_pad": 1e-3}
"""Cases whose expected numbers are written with four digits."""


def test_they_are_right_and_noted(tmp_path):
    """What is noted is what docs/exchange.md shows."""
    found = {operator: {} for operator in sorted(readers())}
    for case in cases():
        try:
            ours, expected = computed(case, tmp_path)
        except Left as left:
            found[case.operator][case.name] = str(left)
            continue
        found[case.operator][case.name] = ""
        assert ours.size == expected.size, case.name
        assert difference(ours.reshape(expected.shape), expected) <= ROUNDED.get(case.name, 1e-5)
    noted = json.loads(FOUND.read_text())
    assert {*found} == {*noted}
    for operator, results in noted.items():
        for name, left in results.items():
            if name in found[operator]:  # another version of the package may have others
                assert found[operator][name] == left, name
