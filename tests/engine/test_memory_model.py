"""The simulated memory of a step beside what the engine's workspaces really have after some."""

import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.graph.costs.memory import simulate_memory
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

CHAIN = "INPUT(32x32x16) -> [CONV3-32 -> BN -> RELU]*2 -> POOL -> CONV3-64 -> RELU -> FC-10"
BRANCHES = """
  - INPUT(32x32x16) -> CONV3-32(name=a) -> RELU
  - CONV1-32(from=a, name=b)
  - ADD(from=[-1, relu1]) -> RELU(name=c)
  - CONV3-16(name=d)
  - CONCAT(from=[c, d]) -> POOL(mode=average) -> TANH -> FLATTEN -> FC-10
"""
LARGE_STRIDES = "INPUT(64x64x4) -> CONV5-24(S=2, P=2, fit=crop) -> LRN -> POOL3(fit=pad) -> FC-10"
DEPTHWISE = "INPUT(32x32x16) -> CONV(K=48, groups=depthwise) -> CONV1-32 -> RELU -> FC-10"
LOCAL = "INPUT(48x48x8) -> LRN -> LOCAL(K=8) -> CONV3-16 -> LRN(n=99) -> FLATTEN -> FC-10"
ADDS = """
  - INPUT(32x32x16) -> CONV3-16(name=x) -> RELU(name=r)
  - ADD(from=[-1, x]) -> RELU -> ADD(from=[-1, r])
  - ADD(from=[-1, x]) -> RELU -> ADD(from=[-1, r])
  - ADD(from=[-1, x]) -> RELU -> ADD(from=[-1, r]) -> FC-10
"""


@pytest.mark.parametrize(
    "architecture",
    [CHAIN, BRANCHES, LARGE_STRIDES, DEPTHWISE, LOCAL, ADDS],
    ids=["chain", "branches", "strides", "depthwise", "local", "adds"],
)
def test_what_the_workspace_takes(architecture):
    graph = graph_of(architecture)
    batch = noise(32, graph.image, graph.classes)
    with Engine(graph, threads=1, seed=0) as engine:
        for step in range(3):
            engine.gradients(batch, SoftmaxCrossEntropy(), step)
        (workspace,) = engine._workspaces
        images = 4 * 32 * graph.image.size  # prepared outside of the workspace
        assert workspace.allocated + images == pytest.approx(
            simulate_memory(graph.nodes, 32), rel=0.15
        )
