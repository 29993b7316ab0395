"""Class weights in a run: of the whole batch, however it is computed, and of training alone."""

import numpy as np
import pytest

from cnncli.data.batches import Batches
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.kernels.workspace import Workspace
from cnncli.optim.class_weights import Weighted
from cnncli.optim.focal import Focal
from cnncli.optim.losses import Hinge, SoftmaxCrossEntropy
from cnncli.problems import ConfigError
from cnncli.training.gradients import Accumulation
from cnncli.training.run import run
from tests.graph.handmade import graph_of
from tests.messages import error_text
from tests.training.recorded import metrics
from tests.training.silent import Silent

NETWORK = "INPUT(4x3x2) -> CONV-6 -> RELU -> FC-4"
WEIGHTS = np.array([0.1, 1.0, 2.0, 30.0])
SKEWED = "{" + ", ".join(f"'{k}': {k + 1}" for k in range(10)) + "}"


def computed(loss, threads, parts, mixup=0.0, images=11):
    """(loss by images, gradient) of a batch of the training part."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (images, 3, 4, 2), dtype=np.uint8)
    split = Split(pixels, np.minimum(np.arange(images) // 3, 3))
    batch = Batches(split, Pipeline(None, (), 3), images, 9, True, mixup=mixup).batch(2, 0)
    with Engine(graph_of(NETWORK), threads=threads, seed=1, dtype=np.float64) as engine:
        weighted = Weighted.of_batch(loss, WEIGHTS, batch.labels)
        result = Accumulation(engine, parts).gradients(batch, weighted, 5, frozenset())
        found = result.loss_sum / images, engine.gradient.copy()
        total, value, gradient = 0.0, 0.0, np.zeros_like(engine.gradient)
        share = batch.share or 1.0
        for n in range(images):  # the definition: each image alone, for each of its classes
            image = batch.part(n, n + 1).images(Workspace())
            for at, part in ((n, share), (images - 1 - n, 1 - share)):
                label = batch.labels[at : at + 1]
                factor = part * WEIGHTS[label[0]]
                value += factor * engine.gradients(Prepared(image, label), loss, 5).loss_sum
                gradient += factor * engine.gradient
                total += factor
    return found, (value / total, gradient / total)


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(label_smoothing=0.1), Hinge(), Focal()])
@pytest.mark.parametrize("mixup", [0.0, 0.4])
@pytest.mark.parametrize(("threads", "parts"), [(1, 1), (3, 1), (1, 4), (2, 3)])
def test_the_mean_is_of_the_whole_batch(loss, mixup, threads, parts):
    """Of shards and parts that have other weights each; blended images count in their shares."""
    (loss_found, found), (loss_expected, expected) = computed(loss, threads, parts, mixup)
    assert loss_found == pytest.approx(loss_expected, rel=1e-6)  # pixels are float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    assert np.abs(expected).max() > 1e-2


def test_a_run(open_session):
    """PyTorch's mean in the first step; validation and test as if there were no weights."""
    torch = pytest.importorskip("torch")
    options = ("train.log_every=1", "train.epochs=1", "train.accumulate=2")
    network = "architecture=INPUT-FC-16-RELU-FC"
    session = open_session(network, *options, f"train.class_weights={SKEWED}")
    batch = session.train.batch(0, 0)
    scores = torch.tensor(session.engine.scores(batch))
    cross_entropy = torch.nn.CrossEntropyLoss(weight=torch.arange(1.0, 11.0))
    expected = cross_entropy(scores, torch.tensor(batch.labels)).item()
    evaluation = run(session, Silent())
    step, *_, epoch, test = metrics(session.directory.path)
    assert step["loss"] == pytest.approx(expected, rel=1e-5)
    plain = torch.nn.CrossEntropyLoss()
    for batches, loss in (
        (session.validation, epoch["validation_loss"]),
        (session.test, evaluation.loss),
    ):
        sums = []
        for n in range(batches.steps):
            batch = batches.batch(0, n)
            scores = torch.tensor(session.engine.scores(batch))
            sums.append(len(batch) * plain(scores, torch.tensor(batch.labels)).item())
        assert loss == pytest.approx(sum(sums) / len(batches.split.labels), rel=1e-5)
    assert test["test_loss"] == evaluation.loss


def test_names_of_another_set(open_session):
    message = error_text(ConfigError, open_session, "train.class_weights={cat: 2}")
    assert "train.class_weights: no class is called 'cat'; the classes are 0, 1, " in message
