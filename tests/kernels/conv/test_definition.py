"""The loops that the fast convolutions are compared with: by hand, and by numeric derivatives."""

import ast
from pathlib import Path

import numpy as np
import pytest

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.conv import definition

E = Extent


def test_the_row_of_the_notes():
    """Figure 8: [1, 2, -1, 1, -3] between zeros and the weights [1, 0, -1], at strides 1 and 2."""
    x = np.array([1.0, 2, -1, 1, -3]).reshape(1, 1, 5, 1)
    W = np.array([1.0, 0, -1]).reshape(1, 3, 1, 1)
    for S, expected in ((1, [-2, 2, 1, 2, 1]), (2, [-2, 1, 1])):
        out = E(len(expected), 1)
        geometry = Geometry(E(5, 1), E(3, 1), E(S, 1), Padding(1, 1, 0, 0), out)
        y = definition.forward(x, W, np.array([10.0]), geometry)
        np.testing.assert_array_equal(y.ravel() - 10, expected)


@pytest.mark.parametrize("groups", [1, 2])
def test_gradients_are_those_of_forward(groups):
    rng = np.random.default_rng(0)
    geometry = Geometry(E(6, 5), E(2, 3), E(2, 1), Padding(2, -1, 2, 0), E(3, 3), E(2, 2))
    arrays = [rng.standard_normal(s) for s in ((2, 5, 6, 4), (3, 2, 4 // groups, 6), (6,))]
    dy = rng.standard_normal((2, 3, 3, 6))
    gradients = definition.backward(*arrays[:2], dy, geometry)
    for array, gradient in zip(arrays, gradients, strict=True):
        v = rng.standard_normal(array.shape)
        moved = []
        for sign in (1, -1):
            array += sign * 1e-6 * v
            moved.append(definition.forward(*arrays, geometry))
            array -= sign * 1e-6 * v
        numeric = np.sum(dy * (moved[0] - moved[1])) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * v), numeric, rtol=1e-7)


def test_it_shares_nothing_with_what_it_is_compared_with():
    tree = ast.parse(Path(definition.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in modules if "cnncli" in name} == {"cnncli.geometry", "cnncli.lazy"}
