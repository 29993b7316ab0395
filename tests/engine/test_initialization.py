"""How weights start: identity, right angles, and the usual distributions."""

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from tests.graph.handmade import graph_of


def engine(architecture):
    return Engine(graph_of(architecture), threads=1, seed=3)


@pytest.mark.parametrize("filters", [2, 5, 9])
@pytest.mark.parametrize("window", ["F=3", "F=3x1", "F=1", "F=5"])
def test_identity_repeats_the_channels(filters, window):
    text = f"INPUT(7x6x5) -> CONV(K={filters}, {window}, init=identity, bias=false)"
    with engine(text) as one:
        images = noise(2, one.graph.image, 3)
        y = one.scores(images).reshape(2, 6, 7, filters)
        shared = min(filters, 5)
        np.testing.assert_allclose(y[..., :shared], images.array[..., :shared], atol=1e-5)
        rest = one.parameters.views["conv1.W"][..., shared:]
        limit = one.graph.by_name["conv1"].params["W"].fan_in ** -0.5
        assert np.abs(rest).max(initial=0) <= limit
        assert rest.size == 0 or rest.std() == pytest.approx(limit / 3**0.5, rel=0.25)


def test_identity_in_groups():
    with engine("INPUT(4x4x6) -> CONV(K=6, groups=3, init=identity, bias=false)") as one:
        images = noise(2, one.graph.image, 3)
        y = one.scores(images).reshape(images.array.shape)
        np.testing.assert_allclose(y, images.array, atol=1e-6)


@pytest.mark.parametrize("K", [4, 27, 50])
def test_orthogonal(K):
    with engine(f"INPUT(5x5x3) -> CONV(K={K}, init=orthogonal) -> FC(K=9, init=orthogonal)") as one:
        for name in ("conv1.W", "fc1.W"):
            W = one.parameters.views[name].astype(np.float64)
            W = W.reshape(-1, W.shape[-1])
            W = W if W.shape[0] >= W.shape[1] else W.T
            np.testing.assert_allclose(W.T @ W, np.eye(W.shape[1]), atol=1e-6)


def test_orthogonal_matrices_have_no_preferred_sign():
    with engine("INPUT(3x3x12) -> CONV(K=100, init=orthogonal)") as one:
        W = one.parameters.views["conv1.W"]
        assert abs(np.sign(W).mean()) < 0.05
        assert abs(np.sign(W.reshape(-1, 100)[0]).mean()) < 0.3
