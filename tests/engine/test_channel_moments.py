"""Moments of joined volumes, from those of the volumes that were joined."""

import numpy as np
import pytest

from cnncli.engine.channel_moments import ChannelMoments
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.kernels.norms.batchnorm import Moments
from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

NETWORK = """
  - INPUT(4x4x3) -> CONV3-5(name=a) -> CONV3-2(name=b) -> CONV3-3(name=c)
  - CONCAT(from=[a, b], name=ab)
  - CONCAT(from=[c, ab], name=cab)
  - CONCAT(from=[b, cab], name=bcab) -> FC-2
"""
rng = np.random.default_rng(0)
VOLUMES = {
    "a": rng.random((3, 4, 4, 5)),
    "b": rng.random((3, 4, 4, 2)),
    "c": rng.random((3, 4, 4, 3)),
}
VOLUMES["ab"] = np.concatenate([VOLUMES["a"], VOLUMES["b"]], axis=-1)
VOLUMES["cab"] = np.concatenate([VOLUMES["c"], VOLUMES["ab"]], axis=-1)
VOLUMES["bcab"] = np.concatenate([VOLUMES["b"], VOLUMES["cab"]], axis=-1)


@pytest.mark.parametrize(
    ("asked", "computed"),
    [
        (["bcab"], [12]),
        (["bcab", "bcab"], [12]),
        (["ab", "cab", "bcab"], [7, 3, 2]),
        (["b", "bcab"], [2, 8, 0]),
        (["b", "c", "a", "bcab"], [2, 3, 5, 0]),
        (["c", "cab", "bcab"], [3, 7, 2]),
    ],
)
def test_only_what_is_not_known_is_computed(asked, computed):
    depths = []

    def compute(x):
        assert x.flags.c_contiguous
        depths.append(x.shape[-1])
        return Moments(x[..., 0].size, x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2)))

    moments = ChannelMoments(graph_of(NETWORK).nodes, Workspace())
    for name in asked:
        x = VOLUMES[name]
        found = moments.of(name, x, compute)
        assert found.pixels == 48
        np.testing.assert_allclose(found.mean, x.mean(axis=(0, 1, 2)), rtol=1e-14)
        np.testing.assert_allclose(found.var, x.var(axis=(0, 1, 2)), rtol=1e-14)
    assert depths == [depth for depth in computed if depth]


def results(threads):
    graph = graph_of("""
  - INPUT(6x6x3) -> CONV3-5(name=v0) -> BN -> RELU -> CONV3-4(name=z0)
  - CONCAT(from=[v0, z0], name=v1) -> BN -> RELU -> CONV3-4(name=z1)
  - CONCAT(from=[v1, z1], name=v2) -> BN -> RELU -> FC-3
""")
    batch = noise(7, graph.image, graph.classes)
    with Engine(graph, threads=threads, seed=0, dtype=np.float64) as engine:
        engine.gradients(batch, SoftmaxCrossEntropy(), 0)
        return engine.gradient.copy(), engine.state.vector.copy()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_dense_network_learns_as_if_each_layer_computed_its_own(threads, monkeypatch):
    together = results(threads)
    monkeypatch.setattr(ChannelMoments, "of", lambda self, name, x, compute: compute(x))
    for ours, theirs in zip(together, results(threads), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
