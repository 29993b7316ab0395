"""The case studies beside PyTorch's functions, and beside torchvision's own modules.

The same weights give the same scores, and the same gradients.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.exchange.torchvision.own_models import own_models
from tests.graph.case_studies import study
from tests.graph.pytorch_twin import hard_sigmoid, twin

SMALL = {
    "lenet5": 28,
    "alexnet_groups": 67,
    "nin": 32,
    "googlenet": 64,
    "googlenet_torchvision": 64,
    "allcnn_c": 32,
    "resnet18": 64,
    "resnet20": 32,
    "resnet50": 64,
    "squeezenet": 67,
    "squeezenet1_0": 64,
    "densenet100": 32,
    "densenet121": 64,
    "mobilenet": 64,
    "mobilenet_v2": 64,
    "shufflenet_v2_x1_0": 64,
    "mnasnet1_0": 64,
    "mobilenet_v3_small": 64,
    "mobilenet_v3_large": 64,
    "efficientnet_b0": 64,
    "regnet_y_400mf": 64,
    "yolov8n_cls": 64,
}
"""Sides of images."""
BIG = {
    "unet": 32,
    "inception_v3": 107,
    "wrn28_10": 32,
    "xception": 71,
    "resnext50_32x4d": 64,
    "darknet19": 64,
    "se_resnet50": 64,
    "darknet53": 64,
    "convnext_tiny": 64,
}
"""Networks of more than 20 million parameters."""
SIZES = [*SMALL.items(), *(pytest.param(*one, marks=pytest.mark.slow) for one in BIG.items())]
OF_TORCHVISION = {
    "googlenet_torchvision": "googlenet",
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "squeezenet": "squeezenet1_0",
    "squeezenet1_0": "squeezenet1_0",
    "inception_v3": "inception_v3",
    "densenet121": "densenet121",
    "resnext50_32x4d": "resnext50_32x4d",
    "mobilenet_v2": "mobilenet_v2",
    "shufflenet_v2_x1_0": "shufflenet_v2_x1_0",
    "mnasnet1_0": "mnasnet1_0",
    "mobilenet_v3_small": "mobilenet_v3_small",
    "mobilenet_v3_large": "mobilenet_v3_large",
    "efficientnet_b0": "efficientnet_b0",
    "regnet_y_400mf": "regnet_y_400mf",
    "convnext_tiny": "convnext_tiny",
}
"""By our names, those of torchvision's models."""
_NO_AUXILIARIES = {"aux_logits": False, "init_weights": False}
OPTIONS = {"googlenet": _NO_AUXILIARIES, "inception_v3": _NO_AUXILIARIES}


@dataclass(frozen=True)
class Step:
    """A network on two images in float64: a step of training, then scores by its averages.

    Biases, scales and shifts are drawn too: what they start with would hide mistakes.
    """

    graph: Graph
    images: Prepared
    arrays: dict[str, np.ndarray]
    loss: float
    gradient: dict[str, np.ndarray]
    averages: dict[str, np.ndarray]
    scores: np.ndarray


@pytest.fixture
def torch():
    """PyTorch on one thread: several wait for each other where others compute."""
    module = pytest.importorskip("torch")
    before = module.get_num_threads()
    module.set_num_threads(1)
    yield module
    module.set_num_threads(before)


def step_of(name: str, side: int) -> Step:
    graph = study(name, side, dropout=False)
    rng = np.random.default_rng(1)
    W, H, D = graph.image
    images = Prepared(rng.standard_normal((2, H, W, D)), rng.integers(0, graph.classes, 2))
    with Engine(graph, threads=1, seed=0, dtype=np.float64) as engine:
        for view in engine.parameters.views.values():
            if view.ndim == 1:
                view += 0.1 * rng.standard_normal(view.shape)
        loss = engine.gradients(images, SoftmaxCrossEntropy(), step=0).loss_sum / 2
        slices = engine.parameters.slices
        return Step(
            graph,
            images,
            {key: view.copy() for key, view in engine.parameters.views.items()},
            loss,
            {key: engine.gradient[slices[key]].copy() for key in slices},
            {key: view.copy() for key, view in engine.state.views.items()},
            engine.scores(images),
        )


def assert_close(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    largest = max((np.abs(array).max() for array in theirs.values()), default=0.0)
    for key, array in ours.items():
        given = theirs[key].ravel()
        np.testing.assert_allclose(array.ravel(), given, 1e-6, 1e-9 * largest, err_msg=key)


@pytest.mark.parametrize(("name", "side"), SIZES)
def test_agreement_with_pytorch(torch, name, side):
    ours = step_of(name, side)
    images, labels = torch.tensor(ours.images.array), torch.tensor(ours.images.labels)
    named = {key: torch.tensor(value, requires_grad=True) for key, value in ours.arrays.items()}
    scores = twin(torch, ours.graph, named, images, training=True)
    loss = torch.nn.functional.cross_entropy(scores, labels)
    loss.backward()
    np.testing.assert_allclose(ours.loss, loss.item(), rtol=1e-9)
    assert_close(ours.gradient, {key: tensor.grad.numpy() for key, tensor in named.items()})
    averages = {key: torch.tensor(value) for key, value in ours.averages.items()}
    with torch.no_grad():
        scores = twin(torch, ours.graph, named | averages, images, training=False)
    assert_close({"scores": ours.scores}, {"scores": scores.numpy()})


def in_their_order(torch, model, images) -> tuple[list, list]:
    """The model's parameters and its running averages, as its modules are computed."""
    parameters, averages = [], []

    def note(module, *_) -> None:
        parameters.extend(module.parameters(recurse=False))
        averages.extend(average for average in module.buffers(recurse=False) if average.dim())

    hooks = [module.register_forward_hook(note) for module in model.modules()]
    with torch.no_grad():
        model.eval()(images)
    for hook in hooks:
        hook.remove()
    return parameters, averages


def in_their_shape(array: np.ndarray) -> np.ndarray:
    """(F, F, D, K) -> (K, D, F, F), and a matrix transposed."""
    return array.transpose({4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[array.ndim])


@pytest.mark.torchvision
@pytest.mark.parametrize(
    ("name", "side"), [one for one in SIZES if getattr(one, "values", one)[0] in OF_TORCHVISION]
)
def test_agreement_with_torchvision(torch, name, side, monkeypatch):
    models = own_models()
    monkeypatch.setattr(torch.nn.functional, "hardsigmoid", partial(hard_sigmoid, torch))
    ours = step_of(name, side)
    options = OPTIONS.get(OF_TORCHVISION[name], {})
    model = models.get_model(OF_TORCHVISION[name], weights=None, **options).double()
    for module in model.modules():
        if type(module).__name__ in ("Dropout", "StochasticDepth"):
            module.p = 0.0
    images = torch.tensor(ours.images.array).permute(0, 3, 1, 2)
    parameters, averages = in_their_order(torch, model, images)
    shapes = {key: in_their_shape(array) for key, array in ours.arrays.items()}
    for array, parameter in zip(shapes.values(), parameters, strict=True):
        parameter.data = torch.tensor(array.copy()).reshape(parameter.shape)
    loss = torch.nn.functional.cross_entropy(
        model.train()(images), torch.tensor(ours.images.labels)
    )
    loss.backward()
    np.testing.assert_allclose(ours.loss, loss.item(), rtol=1e-9)
    gradient = {
        key: in_their_shape(flat.reshape(ours.arrays[key].shape))
        for key, flat in ours.gradient.items()
    }
    theirs = (parameter.grad.numpy() for parameter in parameters)
    assert_close(gradient, dict(zip(gradient, theirs, strict=True)))
    theirs = (average.numpy() for average in averages)
    assert_close(ours.averages, dict(zip(ours.averages, theirs, strict=True)))
    with torch.no_grad():
        assert_close({"scores": ours.scores}, {"scores": model.eval()(images).numpy()})
