"""Class weights against ONNX's published case, PyTorch, and sums over single images."""

import numpy as np
import pytest

from cnncli.config.train import TrainSpec
from cnncli.optim.class_weights import Weighted, weights_of
from cnncli.optim.focal import Focal
from cnncli.optim.losses import Hinge, SoftmaxCrossEntropy
from cnncli.schema.validation import validate

WEIGHTS = np.array([0.9, 0.7, 0.8, 0.9, 0.9])
LOSSES = [SoftmaxCrossEntropy(), SoftmaxCrossEntropy(label_smoothing=0.1), Hinge(), Focal()]


def mean(loss, weights, scores, labels):
    """The loss of a batch and its gradient, as the engine makes them of the sums."""
    loss_sum, dscores = Weighted.of_batch(loss, weights, labels)(scores, labels)
    return loss_sum / len(labels), dscores / len(labels)


def sample(n, classes):
    rng = np.random.default_rng(3)
    return rng.normal(size=(n, classes)), rng.integers(0, classes, n)


def test_onnx():
    """The node cases sce_mean and sce_mean_weight of ONNX 1.23, published in float32."""
    scores = np.array(
        [
            [0.5488135, 0.71518934, 0.60276335, 0.5448832, 0.4236548],
            [0.6458941, 0.4375872, 0.891773, 0.96366274, 0.3834415],
            [0.79172504, 0.5288949, 0.56804454, 0.92559665, 0.071036056],
        ]
    )
    labels, loss = np.array([1, 4, 3]), SoftmaxCrossEntropy()
    assert mean(loss, WEIGHTS, scores, labels)[0] == pytest.approx(1.5690333, rel=1e-7)
    assert mean(loss, np.ones(5), scores, labels)[0] == pytest.approx(1.5613848, rel=1e-7)


def test_pytorch():
    torch = pytest.importorskip("torch")
    scores, labels = sample(23, 5)
    theirs = torch.tensor(scores, requires_grad=True)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(WEIGHTS), reduction="mean")
    value = loss(theirs, torch.tensor(labels))
    value.backward()
    ours, gradient = mean(SoftmaxCrossEntropy(), WEIGHTS, scores, labels)
    assert ours == pytest.approx(value.item(), rel=1e-13)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_pytorch_with_svm():
    """Its margin loss is divided by the number of classes, and by images instead of weights."""
    torch = pytest.importorskip("torch")
    scores, labels = sample(23, 5)
    theirs = torch.tensor(scores, requires_grad=True)
    value = 5 * torch.nn.functional.multi_margin_loss(
        theirs, torch.tensor(labels), weight=torch.tensor(WEIGHTS), reduction="sum"
    )
    (value / WEIGHTS[labels].sum()).backward()
    ours, gradient = mean(Hinge(), WEIGHTS, scores, labels)
    assert ours == pytest.approx(value.item() / WEIGHTS[labels].sum(), rel=1e-13)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weights", [WEIGHTS, np.array([1e-6, 1e6, 1, 2, 1e6])])
def test_each_loss_is_weighed_image_by_image(loss, weights):
    """Smoothing spreads an image's target, not its weight, over the classes."""
    scores, labels = sample(23, 5)
    total, expected, gradients = 0.0, 0.0, []
    for n, label in enumerate(labels):
        value, gradient = loss(scores[n : n + 1], labels[n : n + 1])
        total += weights[label]
        expected += weights[label] * value
        gradients.append(weights[label] * gradient[0])
    value, gradient = mean(loss, weights, scores, labels)
    assert value == pytest.approx(expected / total, rel=1e-12)
    np.testing.assert_allclose(gradient, np.array(gradients) / total, rtol=1e-12)


def test_types():
    scores, labels = sample(9, 5)
    scores = scores.astype(np.float32)
    loss_sum, dscores = Weighted.of_batch(Focal(), WEIGHTS, labels)(scores, labels)
    assert isinstance(loss_sum, float)
    assert dscores.dtype == np.float32


def test_balanced():
    """N / (k count); a class without images is never weighed."""
    labels = np.repeat([0, 1, 3], [6, 1, 2])
    np.testing.assert_allclose(weights_of("balanced", "abcd", labels), [9 / 24, 9 / 4, 0, 9 / 8])
    np.testing.assert_array_equal(weights_of({"b": 2.0, "a": 0.5}, "ab", labels), [0.5, 2])


def test_from_a_configuration():
    assert validate(TrainSpec, {"class_weights": "balanced"}, "train") == (
        TrainSpec(class_weights="balanced"),
        [],
    )
    (spec, problems) = validate(TrainSpec, {"class_weights": {"cat": 1, "7": 0.5}}, "train")
    assert (spec.class_weights, problems) == ({"cat": 1.0, "7": 0.5}, [])


FORMS = "class_weights must be balanced, or a weight for each class, like {cat: 1, ship: 19}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("even", f"{FORMS}, not 'even'"),
        ({}, f"{FORMS}, not {{}}"),
        ([1, 2], f"{FORMS}, not [1, 2]"),
        *(
            (
                {"cat": weight},
                f"class_weights is {{'cat': {weight}}}: the weight of 'cat' must be a number "
                "from 1e-06 to 1,000,000",
            )
            for weight in (0, -1, 1e7, float("nan"), True, [1])
        ),
    ],
)
def test_what_is_refused(value, message):
    _, (problem,) = validate(TrainSpec, {"class_weights": value}, "train")
    assert problem.message == message
