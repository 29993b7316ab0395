"""Losses against loops from their definitions, numeric gradients and known values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.config.train import TrainSpec
from cnncli.optim.focal import Focal
from cnncli.optim.losses import Hinge, SoftmaxCrossEntropy
from cnncli.schema.validation import validate

LOSSES = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(label_smoothing=0.1),
    SoftmaxCrossEntropy(label_smoothing=0.9),
    Hinge(),
    Hinge(margin=0.25),
    Focal(),
    Focal(gamma=0.0),
    Focal(gamma=0.5),
    Focal(gamma=5.0),
]


def cross_entropy_loop(scores, labels, smoothing):
    total = 0.0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        normaliser = math.fsum(math.exp(s) for s in row)
        for j, s in enumerate(row):
            target = (1 - smoothing) * (j == label) + smoothing / len(row)
            total -= target * math.log(math.exp(s) / normaliser)
    return total


def hinge_loop(scores, labels, margin):
    total = 0.0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        for j, s in enumerate(row):
            if j != label:
                total += max(0.0, s - row[label] + margin)
    return total


def focal_loop(scores, labels, gamma):
    total = 0.0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        others = math.fsum(math.exp(s) for j, s in enumerate(row) if j != label)
        p = math.exp(row[label]) / (others + math.exp(row[label]))
        total -= (others / (others + math.exp(row[label]))) ** gamma * math.log(p)
    return total


def by_definition(loss, scores, labels):
    if isinstance(loss, Focal):
        return focal_loop(scores, labels, loss.gamma)
    if isinstance(loss, Hinge):
        return hinge_loop(scores, labels, loss.margin)
    return cross_entropy_loop(scores, labels, loss.label_smoothing)


def sample(n, classes, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return (2 * rng.standard_normal((n, classes))).astype(dtype), rng.integers(0, classes, n)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize(("n", "classes"), [(1, 1), (3, 1), (1, 2), (7, 10), (64, 33)])
def test_the_definition(loss, n, classes):
    scores, labels = sample(n, classes)
    value, dscores = loss(scores, labels)
    assert isinstance(value, float)
    np.testing.assert_allclose(
        value, by_definition(loss, scores, labels), rtol=1e-12, atol=1e-13 * n
    )
    assert dscores.shape == scores.shape


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize(("n", "classes"), [(1, 1), (2, 2), (5, 7)])
def test_the_gradient_of_the_sum(loss, n, classes):
    """Central differences of the definition, number by number."""
    scores, labels = sample(n, classes)
    numeric = np.zeros_like(scores)
    for at in np.ndindex(scores.shape):
        values = []
        for h in (1e-6, -1e-6):
            moved = scores.copy()
            moved[at] += h
            values.append(by_definition(loss, moved, labels))
        numeric[at] = (values[0] - values[1]) / 2e-6
    np.testing.assert_allclose(loss(scores, labels)[1], numeric, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("classes", [1, 2, 10, 1000])
def test_equal_scores(classes):
    scores, labels = np.full((4, classes), 3, np.float32), np.arange(4) % classes
    for smoothing in (0, 0.1):
        np.testing.assert_allclose(
            SoftmaxCrossEntropy(label_smoothing=smoothing)(scores, labels)[0],
            4 * math.log(classes),
            rtol=1e-14,
        )
    assert Hinge()(scores, labels)[0] == 4 * (classes - 1)
    assert Hinge(margin=0.5)(scores, labels)[0] == 4 * (classes - 1) / 2


@pytest.mark.parametrize("largest", [1e4, 1e30, np.finfo(np.float32).max])
def test_large_scores_do_not_overflow(largest):
    scores = np.array([[largest, -largest, 0], [-largest, largest, 0]], np.float32)
    with np.errstate(all="raise", under="ignore"):
        value, dscores = SoftmaxCrossEntropy()(scores, np.array([0, 0]))
        np.testing.assert_allclose(value, 2 * float(scores[0, 0]), rtol=1e-12)
        np.testing.assert_array_equal(dscores, [[0, 0, 0], [-1, 1, 0]])
        value, dscores = Focal()(scores, np.array([0, 0]))
        np.testing.assert_allclose(value, 2 * float(scores[0, 0]), rtol=1e-12)
        np.testing.assert_array_equal(dscores, [[0, 0, 0], [-1, 1, 0]])
        value, dscores = Hinge()(scores, np.array([0, 0]))
        np.testing.assert_allclose(value, 3 * float(scores[0, 0]) + 2, rtol=1e-12)
        np.testing.assert_array_equal(dscores, [[0, 0, 0], [-2, 1, 1]])


def test_a_certain_network_has_no_loss():
    """And not minus zero, which would be printed with its sign."""
    scores = np.array([[1000, 0, 0]], np.float32)
    for loss in (SoftmaxCrossEntropy(), Hinge(), Focal(), Focal(gamma=0.0), Focal(gamma=0.5)):
        value, dscores = loss(scores, np.array([0]))
        assert value == 0
        assert math.copysign(1, value) == 1
        assert not dscores.any()


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("at", [0, 1])
def test_what_is_not_finite_is_handed_on(loss, broken, at):
    scores = np.zeros((3, 2), np.float32)
    scores[1, at] = broken
    assert not math.isfinite(loss(scores, np.zeros(3, np.int64))[0])


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_purity_and_types(loss, dtype):
    scores, labels = sample(9, 4, dtype=dtype)
    kept = scores.copy(), labels.copy()
    _, dscores = loss(scores, labels)
    assert dscores.dtype == dtype
    np.testing.assert_array_equal(scores, kept[0])
    np.testing.assert_array_equal(labels, kept[1])


def test_the_sum_is_taken_in_float64():
    """A float32 sum of these would lose the small losses behind the large one."""
    scores = np.zeros((1001, 2), np.float32)
    scores[0, 1] = 2.0**25
    value, _ = SoftmaxCrossEntropy()(scores, np.zeros(1001, np.int64))
    np.testing.assert_allclose(value, 2.0**25 + 1000 * math.log(2), rtol=1e-14)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@settings(deadline=None)
@given(
    n=st.integers(1, 12), classes=st.integers(1, 9), cut=st.integers(0, 12), seed=st.integers(0, 99)
)
def test_losses_add_up_over_images(loss, n, classes, cut, seed):
    scores, labels = sample(n, classes, seed)
    value, dscores = loss(scores, labels)
    parts = [loss(scores[p], labels[p]) for p in (slice(0, cut), slice(cut, n))]
    np.testing.assert_allclose(sum(part[0] for part in parts), value, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), dscores)
    np.testing.assert_allclose(dscores.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_shift_of_the_scores_changes_nothing(loss):
    scores, labels = sample(6, 5)
    for ours, theirs in zip(loss(scores, labels), loss(scores + 64, labels), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("spec", "loss"),
    [
        ("softmax", SoftmaxCrossEntropy(label_smoothing=0)),
        (
            {"name": "Softmax", "label_smoothing": 0.1},
            SoftmaxCrossEntropy(label_smoothing=0.1),
        ),
        ("svm", Hinge(margin=1)),
        ({"name": "svm", "margin": 0.5}, Hinge(margin=0.5)),
        ("focal", Focal(gamma=2)),
        ({"name": "focal", "gamma": 0.5}, Focal(gamma=0.5)),
    ],
)
def test_from_a_configuration(spec, loss):
    assert validate(TrainSpec, {"loss": spec}, "train") == (TrainSpec(loss=loss), [])


@pytest.mark.parametrize(
    "loss",
    [
        *(SoftmaxCrossEntropy(label_smoothing=smoothing) for smoothing in (0, 0.1, 0.5)),
        *(Hinge(margin=margin) for margin in (0.5, 1.0)),
        *(Focal(gamma=gamma) for gamma in (0.0, 0.5, 2.0)),
    ],
    ids=repr,
)
def test_pytorch(loss):
    """Its margin loss is divided by the number of classes; it has no focal loss, but gradients."""
    torch = pytest.importorskip("torch")
    scores, labels = sample(17, 10)
    theirs, target = torch.tensor(scores, requires_grad=True), torch.tensor(labels)
    F, options = torch.nn.functional, {"reduction": "sum"}
    if isinstance(loss, Hinge):
        value = 10 * F.multi_margin_loss(theirs, target, margin=loss.margin, **options)
    elif isinstance(loss, Focal):
        p = F.softmax(theirs, dim=1)[torch.arange(17), target]
        value = -((1 - p) ** loss.gamma * p.log()).sum()
    else:
        smoothing = loss.label_smoothing
        value = F.cross_entropy(theirs, target, label_smoothing=smoothing, **options)
    value.backward()
    ours = loss(scores, labels)
    np.testing.assert_allclose(ours[0], value.item(), rtol=1e-12)
    np.testing.assert_allclose(ours[1], theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_focal_without_focus_is_cross_entropy(dtype):
    """To the bit."""
    scores, labels = sample(50, 7, dtype=dtype)
    for found, expected in zip(
        Focal(gamma=0.0)(scores, labels), SoftmaxCrossEntropy()(scores, labels), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
