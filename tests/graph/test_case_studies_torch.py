"""The case studies beside PyTorch's functions: the same scores, and the same gradients."""

import numpy as np
import pytest

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.case_studies import study

SMALL = {
    "lenet5": 28,
    "alexnet_groups": 67,
    "googlenet": 64,
    "resnet18": 64,
    "resnet20": 32,
    "resnet50": 64,
    "squeezenet": 67,
    "mobilenet": 64,
    "densenet100": 32,
}


def images_for(graph, n):
    rng = np.random.default_rng(1)
    W, H, D = graph.image
    return Prepared(rng.standard_normal((n, H, W, D)), rng.integers(0, graph.classes, n))


def in_pytorch(torch, node, p, xs):
    """One layer of an (N, C, H, W) network in training mode; `p` are its parameters."""
    F, layer, x = torch.nn.functional, node.layer, xs[0]
    match layer.kind:
        case "CONV":
            groups = x.shape[1] if layer.groups == "depthwise" else layer.groups
            W = p["W"].permute(3, 2, 0, 1)
            return F.conv2d(x, W, p.get("b"), layer.S.W, layer.P.left, groups=groups)
        case "FC":
            return F.linear(x.permute(0, 2, 3, 1).flatten(1), p["W"].T, p.get("b"))[..., None, None]
        case "BATCHNORM":
            return F.batch_norm(x, None, None, p["gamma"], p["beta"], training=True, eps=layer.eps)
        case "LRN":
            return F.local_response_norm(x, layer.n, layer.alpha * layer.n, layer.beta, layer.k)
        case "POOL" if layer.F == "global":
            return x.mean((2, 3), keepdim=True)
        case "POOL":
            extra = {"count_include_pad": False} if layer.mode == "average" else {}
            pool = F.avg_pool2d if layer.mode == "average" else F.max_pool2d
            ceil = layer.fit == "pad"
            return pool(x, layer.F.W, layer.S.W, layer.P.left, ceil_mode=ceil, **extra)
        case "PAD":
            return F.pad(x, (0, 0, 0, 0, layer.front, layer.back))
        case "ADD":
            return sum(xs)
        case "CONCAT":
            return torch.cat(xs, 1)
        case "RELU":
            return x.relu()
        case "TANH":
            return x.tanh()
        case "INPUT" | "DROPOUT":
            return x
    raise AssertionError(f"no counterpart of {layer.kind}")


@pytest.mark.parametrize("name", SMALL)
def test_gradients_agree_with_pytorch(name):
    torch = pytest.importorskip("torch")
    graph = study(name, SMALL[name], dropout=False)
    data = images_for(graph, 2)
    with Engine(graph, threads=1, seed=0, dtype=np.float64) as engine:
        named = {
            key: torch.tensor(view, requires_grad=True)
            for key, view in engine.parameters.views.items()
        }
        ours = engine.gradients(data, SoftmaxCrossEntropy(), step=0)
        gradient = engine.gradient.copy()
    outputs = {}
    for node in graph.nodes:
        xs = [outputs[source] for source in node.inputs]
        p = {key: named[f"{node.name}.{key}"] for key in node.params}
        outputs[node.name] = in_pytorch(
            torch, node, p, xs or [torch.tensor(data.array).permute(0, 3, 1, 2)]
        )
    labels = torch.tensor(data.labels)
    loss = torch.nn.functional.cross_entropy(outputs[graph.scores].flatten(1), labels)
    loss.backward()
    theirs = np.concatenate([tensor.grad.numpy().ravel() for tensor in named.values()])
    np.testing.assert_allclose(ours.loss_sum / 2, loss.item(), rtol=1e-9)
    np.testing.assert_allclose(gradient, theirs, rtol=1e-6, atol=1e-9 * np.abs(theirs).max())
