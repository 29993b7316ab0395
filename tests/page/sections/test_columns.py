"""Figure 5: what stands in the drawing and in the data beside NumPy."""

import io
from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import cnncli
from cnncli.page.material.column_choice import COLUMNS, column_layers
from cnncli.page.material.journey import chosen_images
from cnncli.page.material.selection import Selection
from cnncli.page.sections.columns import _seen, columns
from cnncli.page.subject import Subject
from cnncli.text import count
from tests.cli.commands import DATA
from tests.graph.handmade import graph_of


def pixels(src):
    """The numbers of a picture that is an address."""
    return np.asarray(Image.open(io.BytesIO(b64decode(src.partition(",")[2]))))


@pytest.fixture(scope="module")
def subject(digits_run):
    return Subject(digits_run._checked, digits_run.saved, notify=pytest.fail)


@pytest.fixture(scope="module")
def section(subject):
    return columns(subject)


def test_pixels_are_the_activations(section, subject, digits_run):
    images = [subject.image(place) for place, _ in chosen_images(subject.selection)]
    drawn = section.figures["columns"].iter("image")
    first = [each.get("href") for each in drawn if each.get("data-column")]
    for number, (image, picture) in enumerate(zip(images, section.data["pictures"], strict=True)):
        outputs = digits_run.activations(image)
        for place, layer in enumerate(section.data["layers"]):
            src, low, high = picture["sheets"][place]
            greys = pixels(src or first[place])
            assert (src is None) == (number == 0)
            maps = outputs[layer["name"]][:, :, layer["maps"]].transpose(2, 0, 1)
            expected = maps.reshape(-1, maps.shape[2])
            assert greys.shape == expected.shape
            found = low + greys / 255 * (high - low)
            assert np.abs(found - expected).max() <= (high - low) / 510 + 1e-4
            assert low <= 0 <= high


def test_maps_are_the_strongest_of_a_row(section, subject, digits_run):
    """CONV, BATCHNORM and RELU show the same channels: the strongest ones after the RELU."""
    layers = {each["name"]: each["maps"] for each in section.data["layers"]}
    images = [subject.image(place) for place, _ in chosen_images(subject.selection)]
    relu = np.stack([digits_run.activations(image)["relu1"] for image in images])
    strongest = np.abs(relu).mean(axis=(0, 1, 2)).argsort()[::-1][:16]
    assert layers["relu1"] == sorted(strongest.tolist())
    assert layers["conv1"] == layers["batchnorm1"] == layers["relu1"]


def test_scores_are_sorted(section, subject, digits_run):
    for picture, (place, verdict) in zip(
        section.data["pictures"], chosen_images(subject.selection), strict=True
    ):
        expected = digits_run.scores(subject.image(place))[0]
        scores = [score for _, _, score, _ in picture["scores"]]
        np.testing.assert_allclose(scores, np.sort(expected)[::-1], atol=1e-3)
        names = [name for name, *_ in picture["scores"]]
        assert names == [digits_run.classes[k] for k in expected.argsort()[::-1]]
        answer = subject.answer(place)
        assert [name for name, *_, own in picture["scores"] if own] == [answer.true]
        assert picture["verdict"].startswith(verdict)
        assert (verdict == "right") == (answer.true == answer.predicted)


def test_own_images(digits_run, tmp_path):
    grey = np.kron(np.eye(8), np.ones((4, 4))) * 255
    file = tmp_path / "mine.png"
    Image.fromarray(grey.astype(np.uint8)).save(file)
    subject = Subject(digits_run._checked, digits_run.saved, [file], notify=lambda text: None)
    picture = columns(subject).data["pictures"][-1]
    assert picture["verdict"] == "own: mine.png"
    assert subject.album.pictures[picture["number"]].name == "mine.png"
    outputs = digits_run.activations(str(file))
    np.testing.assert_allclose(
        [score for _, _, score, _ in picture["scores"]],
        np.sort(outputs["fc1"].ravel())[::-1],
        atol=1e-3,
    )


def test_an_own_image_that_is_none_is_refused(digits_run, tmp_path):
    file = tmp_path / "none.png"
    subject = Subject(digits_run._checked, digits_run.saved, [file], notify=lambda text: None)
    with pytest.raises(cnncli.DataError, match=r"none\.png: "):
        columns(subject)


def test_without_a_run():
    checked = cnncli.Network("digits", set={"data.root": str(DATA)}).checked
    body = columns(Subject(checked)).body
    assert [each.text for each in body] == [
        "This page is of a configuration: nothing has been trained yet."
    ]


def test_right_ones_are_of_many_classes_and_wrong_ones_the_surest():
    def answer(true, predicted, probability=0.5):
        return SimpleNamespace(true=true, predicted=predicted, probability=probability)

    right = [answer(k, k) for k in "aaabbc"]
    wrong = [answer("a", "b", share) for share in (0.2, 0.9, 0.8)]
    chosen = chosen_images(Selection([*right, *wrong], ()))
    assert chosen == [
        (0, "right"), (3, "right"), (5, "right"), (1, "right"), (7, "wrong"), (8, "wrong"),
    ]  # fmt: skip
    assert [place for place, _ in chosen_images(Selection(right, ()))] == [0, 3, 5, 1, 4, 2]


def test_bytes_are_few(subject, monkeypatch):
    """Where all maps would be too many bytes, fewer are shown of each layer."""
    monkeypatch.setattr("cnncli.page.sections.columns.BYTES", 24_000)
    found = columns(subject)
    (most,) = {len(layer["maps"]) for layer in found.data["layers"]}
    assert 1 <= most < 16
    (caption,) = [each for part in found.body for each in part.iter("figcaption")]
    assert f"Of each layer at most {count(most, 'map')}" in caption.text


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("resnet20", "conv1", "pool"),
        ("googlenet", "conv1", "pool"),
        ("densenet100", "transition1.relu", "pool"),
        ("vgg16", "relu1", "relu"),
        ("resnet50", "relu", "pool"),
    ],
)
def test_a_large_network_shows_some_layers_and_says_so(name, first, last):
    graph = cnncli.Network(name).graph
    nodes, words = column_layers(graph)
    assert 3 <= len(nodes) <= COLUMNS
    assert "are shown; left out are" in words
    assert f" of {len(graph.nodes)}" in words
    assert nodes[0].name.startswith(first)
    assert nodes[-1].name.startswith(last)
    order = [node.name for node in graph.nodes]
    assert [node.name for node in nodes] == sorted((n.name for n in nodes), key=order.index)


def test_a_small_network_shows_all_its_layers():
    nodes, words = column_layers(cnncli.Network("digits").graph)
    assert (len(nodes), words) == (14, "")


def test_what_the_neurons_of_a_block_see():
    """Neurons 0 to 8 see 0, 0 1, 0 1, 1 2, ...: with the padding of the border, and without."""
    field = graph_of("INPUT(4x4x1) -> UPSAMPLE -> CONV3-1(name=c) -> FC-2").by_name["c"]
    across = field.receptive_field.across
    assert _seen(across, 3) == [((-1, 1), (0, 1)), ((1, 3), (1, 3)), ((2, 4), (2, 3))]
    assert _seen(across, 1)[:3] == [((-1, 0), (0, 0)), ((0, 1), (0, 1)), ((0, 1), (0, 1))]
