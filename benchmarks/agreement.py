"""Before anything is timed: both sides compute the same."""

import numpy as np
import torch

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph
from cnncli.optim.losses import SoftmaxCrossEntropy

from .networks import noise
from .translation import Translation

FEW = 8
"""Images for the comparison in float64."""
EXACT = 1e-9
ROUNDED = 5e-3
"""Where rounding puts a number on the other side of a RELU's zero, a gradient changes by more
than the rounding: for vggbn, PyTorch's own in float32 is 1.4e-3 away from that in float64."""


def check_agreement(graph: Graph, engine: Engine, batch: Prepared) -> None:
    """Raises AssertionError where scores, loss or gradient differ.

    In float64 with the same algorithms they agree to rounding, which shows that both are the same
    network; in float32, on the batch that is timed, to a share of their L2 norm.
    """
    options = {"threads": 1, "seed": 0, "algorithms": engine.algorithms}
    with Engine(graph, dtype=np.float64, **options) as exact:
        _compare(graph, exact, noise(graph, FEW), torch.float64, EXACT)
    _compare(graph, engine, batch, torch.float32, ROUNDED)


def images(batch: Prepared, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """(N, C, H, W) in PyTorch's usual order of memory."""
    return torch.tensor(batch.array, dtype=dtype).permute(0, 3, 1, 2).contiguous()


def _compare(
    graph: Graph, engine: Engine, batch: Prepared, dtype: torch.dtype, tolerance: float
) -> None:
    """Leaves the engine as it was, but for its last gradient."""
    module = Translation(graph, engine).to(dtype)
    with torch.no_grad():
        scores = module.eval()(images(batch, dtype)).numpy()
    _close(engine.scores(batch), scores, tolerance)
    state = engine.state.vector.copy()
    result = engine.gradients(batch, SoftmaxCrossEntropy(), 0)
    engine.state.vector[:] = state
    scores = module.train()(images(batch, dtype))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(batch.labels))
    loss.backward()
    _close(result.loss_sum / len(batch), loss.item(), tolerance)
    gradients = module.gradients()
    assert gradients.keys() == engine.parameters.slices.keys()
    theirs = np.concatenate([gradients[name].ravel() for name in engine.parameters.slices])
    _close(engine.gradient, theirs, tolerance)


def _close(a: np.ndarray | float, b: np.ndarray | float, tolerance: float) -> None:
    error = np.linalg.norm(np.subtract(a, b)) / np.linalg.norm(b)
    assert error <= tolerance, f"the two sides differ by {error:.1e} of the L2 norm"
