"""Converted networks give the same scores, and slide: each place as the crop at that place."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnncli.config.load import load_text
from cnncli.data.batches import Batches
from cnncli.datasets.dataset import Split
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.errors import CheckpointError, UsageError
from cnncli.geometry import Extent, Volume
from cnncli.graph.build import build
from cnncli.graph.rewrite.enlarge import ScoreMap
from cnncli.graph.rewrite.fc_conv import conv_to_fc, fc_to_conv
from cnncli.training.run import run
from cnncli.training.session import Session, pipeline_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import load_images, saved_run
from cnncli.training.tools.convert import convert_checkpoint, convert_configuration
from tests.messages import error_text
from tests.training.silent import Silent

UNPADDED = (
    "INPUT -> CONV3-6(P=0) -> BN -> RELU -> POOL -> FLATTEN -> FC-16 -> BN -> RELU "
    "-> DROPOUT(0.2) -> FC -> SOFTMAX"
)
PADDED = "INPUT -> CONV3-6 -> BN -> RELU -> POOL -> FC-16 -> RELU -> DROPOUT(0.2) -> FC"
GLOBAL = "INPUT -> CONV3-6(P=0) -> RELU -> POOL -> POOL(F=global, mode=average) -> FC"
LAST = Path("last.safetensors")


@pytest.fixture
def trained(open_session):
    """trained(architecture) -> the checkpoint after a few steps, read from its file."""

    def train(architecture):
        session = open_session(f"architecture={architecture}")
        run(session, Silent(), max_steps=9)
        return Checkpoint.load(session.directory.last)

    return train


def scores(checkpoint, split=None):
    """Scores of the digits to test on, or of other images, as (n, H2, W2, classes)."""
    _, _, spec, graph = saved_run(checkpoint, LAST)
    data = checkpoint.data
    if split is None:
        split = load_images(spec, download=False, notify=print, used=data).test
    batches = Batches(split, pipeline_for(spec, data), len(split.labels), 0, shuffle=False)
    with Engine(graph, threads=2, seed=0) as engine:
        restore_network(checkpoint, LAST, engine)
        return score_maps(engine, batches.batch(0, 0))


def score_maps(engine, batch):
    """Class scores (n, H2, W2, classes) of a batch of images as large as the network's INPUT."""
    (W, H), classes, _ = ScoreMap.of(engine.graph)
    return engine.scores(batch).reshape(len(batch), H, W, classes)


def converted_to(checkpoint, how, image=None):
    """What `cnn convert` makes of a checkpoint: another one, and the network in it."""
    return convert_checkpoint(saved_run(checkpoint, LAST), how, image)


def assert_same(found, expected):
    """Within 1e-6 of the largest score: sums are added in another order."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("architecture", [UNPADDED, PADDED, GLOBAL])
def test_a_trained_checkpoint_gives_the_same_scores(trained, architecture):
    before = trained(architecture)
    after, converted = converted_to(before, fc_to_conv)
    assert not {"FC", "FLATTEN", "SOFTMAX"} & {n.layer.kind for n in converted.graph.nodes}
    assert_same(scores(after), scores(before))
    back, _ = converted_to(after, conv_to_fc)
    assert_same(scores(back), scores(before))


def test_no_number_changes(trained):
    """State and the optimizer's vectors go along, and back again the arrays are the same."""
    before = trained(UNPADDED)
    after, _ = converted_to(before, fc_to_conv)
    assert after.arrays["parameters/fc1.W"].shape == (3, 3, 6, 16)
    assert after.arrays.keys() == before.arrays.keys() > {"slots/velocity", "state/batchnorm1.mean"}
    for name, array in before.arrays.items():
        assert after.arrays[name].tobytes() == array.tobytes(), name
    assert (after.data, after.progress) == (before.data, before.progress)
    back, _ = converted_to(after, conv_to_fc)
    assert all(np.array_equal(back.arrays[name], array) for name, array in before.arrays.items())


def test_training_goes_on_in_the_other_form(trained, tmp_path):
    """The same steps as in the old form; a float32 sum in another order is all that differs."""
    before = trained(PADDED)
    after, _ = converted_to(before, fc_to_conv)
    vectors = [trained_on(checkpoint, tmp_path) for checkpoint in (before, after)]
    np.testing.assert_allclose(vectors[1], vectors[0], rtol=0, atol=1e-5)


def trained_on(checkpoint, folder):
    """The parameters five steps later."""
    _, _, spec, graph = saved_run(checkpoint, LAST)
    used = replace(checkpoint, progress=deepcopy(checkpoint.progress))
    dataset = load_images(spec, download=False, notify=print, used=used.data)
    session = Session.open(spec, graph, dataset, RunDirectory(folder), used)
    try:
        run(session, Silent(), max_steps=checkpoint.progress.step + 5)
        return session.engine.parameters.vector.copy()
    finally:
        session.close()


def test_an_untrained_network_begins_with_the_same_numbers(config):
    spec = load_text(f"architecture: {PADDED}\ntrain: {{seed: 3}}".replace("INPUT", "INPUT(8x8x1)"),
                     config)  # fmt: skip
    graph = build(spec, None, None)
    after = convert_configuration(spec, graph, fc_to_conv, None).graph
    with Engine(graph, threads=1, seed=3) as old, Engine(after, threads=1, seed=3) as new:
        np.testing.assert_array_equal(old.parameters.vector, new.parameters.vector)


def test_sliding_over_a_picture_of_digits(trained):
    """2x3 digits of 8x8 side by side: at stride 2, every fourth place sees one of them."""
    before = trained(UNPADDED)
    spec = saved_run(before, LAST).spec
    digits = load_images(spec, download=False, notify=print, used=before.data).test
    tiles = digits.images[:6].reshape(2, 3, 8, 8, 1)
    picture = tiles.transpose(0, 2, 1, 3, 4).reshape(1, 16, 24, 1)
    larger, converted = converted_to(before, fc_to_conv, Extent(24, 16))
    maps = scores(larger, Split(picture, digits.labels[:1]))
    assert maps.shape == (1, 5, 9, 10)
    assert converted.graph.image == (24, 16, 1)
    alone = scores(before, Split(digits.images[:6], digits.labels[:6])).reshape(2, 3, 10)
    assert_same(maps[0, ::4, ::4], alone)


def unlabelled(array):
    return Prepared(array, np.zeros(len(array), np.int64))


@pytest.mark.parametrize(
    ("architecture", "size", "stride"),
    [
        ("INPUT(5x4x2) -> FC-3", (7, 9), (1, 1)),
        ("INPUT(8x6x2) -> CONV3-4(P=0) -> BN -> POOL -> FLATTEN -> FC-5 -> RELU -> FC-3",
         (12, 14), (2, 2)),
        ("INPUT(9x7x1) -> CONV3x5-4(P=0, S=2x1) -> RELU -> FC-5 -> BN -> FC-3", (13, 8), (2, 1)),
        ("INPUT(10x10x1) -> CONV3-4(P=0) -> LRN -> POOL(mode=average, F=global) -> FC-3",
         (13, 11), (1, 1)),
        ("INPUT(9x9x1) -> CONV4-4(P=0, S=2, fit=crop) -> TANH -> FC-4 -> LN(over=volume) -> FC-3",
         (11, 13), (2, 2)),
        ("INPUT(6x6x2) -> CONV3-4(P=0, name=a) -> CONV(K=2, F=3, P=0, from=input, name=b)"
         " -> CONCAT(from=[a, b]) -> POOL -> FC-3 -> SOFTMAX", (10, 8), (2, 2)),
    ],
)  # fmt: skip
def test_every_place_is_the_crop_there(config, architecture, size, stride):
    """In float64, on images of random numbers, without padding."""
    spec = load_text(f"architecture: {architecture}", config)
    graph = build(spec, None, None)
    larger = convert_configuration(spec, graph, fc_to_conv, Extent(*size)).graph
    rng = np.random.default_rng(0)
    (W, H), (across, down), (w, h, depth) = size, stride, graph.image
    pictures = rng.standard_normal((2, H, W, depth))
    with (
        Engine(graph, threads=1, seed=1, dtype=float) as one,
        Engine(larger, threads=2, seed=2, dtype=float) as many,
    ):
        many.parameters.vector[:] = one.parameters.vector
        one.state.vector[:] = rng.uniform(0.5, 2, one.state.vector.size)
        many.state.vector[:] = one.state.vector
        maps = score_maps(many, unlabelled(pictures))
        assert maps.shape == (2, (H - h) // down + 1, (W - w) // across + 1, 3)
        for i, j in np.ndindex(maps.shape[1:3]):
            crops = pictures[:, i * down : i * down + h, j * across : j * across + w]
            expected = one.scores(unlabelled(crops))
            np.testing.assert_allclose(maps[:, i, j], expected, rtol=1e-12, atol=1e-12)


def test_a_larger_configuration_has_no_data_set(config):
    spec = load_text("data: digits\narchitecture: INPUT -> FC", config)
    graph = build(spec, Volume(8, 8, 1), 10)
    assert "data:" in convert_configuration(spec, graph, fc_to_conv, None).config
    text = convert_configuration(spec, graph, fc_to_conv, Extent(9, 8)).config
    assert "data:" not in text
    assert str(build(load_text(text, config), None, None).by_name["fc1"].out_shape) == "2x1x10"


def test_nothing_to_convert(config):
    spec = load_text("architecture: INPUT(4x4x1) -> CONV3-2 -> POOL", config)
    for convert in (fc_to_conv, conv_to_fc):
        with pytest.raises(UsageError) as error:
            convert_configuration(spec, build(spec, None, None), convert, None)
        assert str(error.value) == f"{config}: there is no layer to convert"


def test_a_converted_network_takes_other_sizes_later(trained):
    slides, _ = converted_to(trained(UNPADDED), fc_to_conv)
    larger, converted = converted_to(slides, fc_to_conv, Extent(10, 8))
    assert converted.changes == ()
    assert saved_run(larger, LAST).graph.by_name["fc2"].out_shape == (2, 1, 10)


def test_arrays_of_another_network_are_refused(trained):
    checkpoint = trained(PADDED)
    checkpoint.arrays["parameters/fc1.W"] = np.zeros((3, 2), np.float32)
    assert error_text(CheckpointError, converted_to, checkpoint, fc_to_conv) == (
        f"{LAST}: a checkpoint of another network:\n"
        "  parameters/fc1.W: the network has 96x16 float32, the file 3x2 float32"
    )
