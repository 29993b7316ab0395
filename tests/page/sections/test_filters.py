"""Figure 9: filters, norms and patches beside NumPy, and what a neuron sees beside trying it."""

import numpy as np
import pytest

import cnncli
from cnncli.inference.layer_outputs import activations
from cnncli.page.figures.patches import PADDING, patch
from cnncli.page.sections.filters import filters
from cnncli.page.subject import Subject
from tests.cli.commands import DATA
from tests.graph.handmade import graph_of
from tests.page.sections.test_columns import pixels


@pytest.fixture(scope="module")
def subject(digits_run):
    return Subject(digits_run._checked, digits_run.saved, notify=pytest.fail)


@pytest.fixture(scope="module")
def section(subject):
    return filters(subject)


@pytest.fixture(scope="module")
def outputs(subject, digits_run):
    images = np.asarray(subject.judgement.judged.split.images)
    return activations(digits_run.saved, images)


def test_filters_of_the_first_layer(section, digits_run):
    conv1, weights = section.data[0], digits_run.filters("conv1")
    norms = np.sqrt(np.square(weights).sum(axis=(1, 2, 3)))
    assert conv1["filters"] == norms.argsort()[::-1].tolist()
    np.testing.assert_allclose(conv1["norms"], np.sort(norms)[::-1], rtol=1e-3)
    (sheet,) = section.figures["filters-conv1"].iter("image")
    shown = pixels(sheet.get("href"))
    across, (w, h) = conv1["across"], conv1["size"]
    for place, k in enumerate(conv1["filters"]):
        y, x = divmod(place, across)
        grey = shown[y * h : y * h + h, x * w : x * w + w]
        expected = 127.5 + 127.5 * weights[k, :, :, 0] / np.abs(weights[k]).max()
        assert np.abs(grey - expected).max() <= 0.5 + 1e-3


def test_slices_of_a_later_layer(section, digits_run):
    conv3, weights = section.data[2], digits_run.filters("conv3")
    assert conv3["name"] == "conv3"
    assert len(conv3["filters"]) == 12
    (sheet,) = section.figures["filters-conv3"].iter("image")
    shown = pixels(sheet.get("href"))
    for y, (k, channels) in enumerate(zip(conv3["filters"], conv3["channels"], strict=True)):
        norms = np.square(weights[k]).sum(axis=(0, 1))
        assert channels == sorted(norms.argsort()[::-1][:16].tolist())
        for x, c in enumerate(channels):
            grey = shown[3 * y : 3 * y + 3, 3 * x : 3 * x + 3]
            expected = 127.5 + 127.5 * weights[k, :, :, c] / np.abs(weights[k]).max()
            assert np.abs(grey - expected).max() <= 0.5 + 1e-3


def test_filters_of_the_class_scores_have_their_names(section, digits_run):
    fc1 = section.data[-1]
    assert fc1["name"] == "fc1"
    assert fc1["names"] == [digits_run.classes[k] for k in fc1["filters"]]
    assert section.data[0]["names"] == [f"filter {k}" for k in section.data[0]["filters"]]


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3"])
def test_patches_are_those_of_the_largest_numbers(section, subject, outputs, layer):
    """By brute force over all images and places; pixels of digits are 0 to 16."""
    (data,) = [each for each in section.data if each["name"] == layer]
    images = np.asarray(subject.judgement.judged.split.images)
    margin = 20
    padded = np.pad(images[..., 0] * (255 / 16), ((0, 0), (margin,) * 2, (margin,) * 2),
                    constant_values=PADDING)  # fmt: skip
    node = subject.graph.by_name[layer]
    seen = node.receptive_field
    field, jump, start = seen.pixels.W, int(seen.jump[0]), seen.across.first[0]
    shown = pixels(data["patches"]["src"])
    for row, k in enumerate(data["filters"][:5]):
        maps = outputs[layer][..., k]
        best = sorted(range(len(maps)), key=lambda i: -maps[i].max())[:9]
        told = data["patches"]["of"][row]
        assert [image for _, image, *_ in told] == best
        for column, (name, image, x, y, value) in enumerate(told):
            assert (y, x) == np.unravel_index(maps[image].argmax(), maps[image].shape)
            assert value == pytest.approx(maps[image].max(), rel=1e-3)
            assert name == subject.answer(image).true
            if field >= 8:
                expected = images[image, ..., 0] * (255 / 16)
            else:
                top, left = (margin + start + jump * at for at in (y, x))
                expected = padded[image, top : top + field, left : left + field]
            size = min(field, 8)
            found = shown[size * row : size * (row + 1), size * column : size * (column + 1)]
            assert np.abs(found - expected).max() <= 0.5


def test_without_a_run():
    checked = cnncli.Network("digits", set={"data.root": str(DATA)}).checked
    body = filters(Subject(checked)).body
    assert [each.text for each in body] == [
        "This page is of a configuration: nothing has been trained yet."
    ]


@pytest.mark.parametrize(("layer", "y", "x"), [("conv1", 0, 3), ("conv2", 4, 4), ("conv3", 3, 0)])
def test_what_a_neuron_sees_is_what_changes_it(digits_run, layer, y, x):
    """Each pixel is changed in turn: those that change the neuron fill its field in the image."""
    image = np.full((8, 8, 1), 8, np.uint8)
    changed = np.repeat(image[np.newaxis], 64, axis=0)
    changed.reshape(64, 64)[np.arange(64), np.arange(64)] = 16
    maps = activations(digits_run.saved, np.concatenate([image[np.newaxis], changed]))[layer]
    moved = (np.abs(maps[1:, y, x] - maps[0, y, x]).max(axis=-1) > 1e-4).reshape(8, 8)
    seen = digits_run.saved.graph.by_name[layer].receptive_field
    for axis, place, along in ((seen.down, y, 1), (seen.across, x, 0)):
        (found,) = np.nonzero(moved.any(axis=along))
        assert axis.seen(place) == (found[0], found[-1])


def test_a_patch_at_the_edge_has_grey_outside(digits_run):
    seen = digits_run.saved.graph.by_name["conv2"].receptive_field
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    expected = np.pad(image[:3, 5:], ((2, 0), (0, 2), (0, 0)), constant_values=PADDING)
    np.testing.assert_array_equal(patch(image, seen, 0, 7), expected)


@pytest.mark.parametrize(
    ("architecture", "side"),
    [
        ("INPUT(8x8x1) -> UPSAMPLE -> CONV3-1(name=c) -> FC-2", 2),
        ("INPUT(16x16x1) -> POOL(F=4, S=4) -> UPSAMPLE -> CONV3-1 -> UPSAMPLE -> CONV3-1(name=c) "
         "-> FC-2", 12),
        ("INPUT(9x9x1) -> PAD(P=4, mode=reflect) -> CONV(F=3, P=0, K=1, name=c) -> FC-2", 3),
        ("INPUT(9x9x1) -> CONVT(K=1, F=1, S=2, P=1, name=c) -> FC-2", 1),
    ],
)  # fmt: skip
def test_patches_of_neurons_that_see_unlike_many_pixels_have_one_size(architecture, side):
    seen = graph_of(architecture).by_name["c"].receptive_field
    W, H = seen.across.pixels, seen.down.pixels
    image = np.arange(1, W * H + 1, dtype=np.uint8).reshape(H, W, 1)
    image[image == PADDING] = 0
    for y in range(seen.down.places):
        for x in range(seen.across.places):
            found = patch(image, seen, y, x)
            assert found.shape == (side, side, 1)
            rows, columns = seen.down.seen(y), seen.across.seen(x)
            part = image[slice(rows[0], rows[1] + 1), slice(columns[0], columns[1] + 1)] \
                if rows and columns else image[:0, :0]  # fmt: skip
            np.testing.assert_array_equal(found[found != PADDING], part.ravel())
