"""Pieces of a run's own numbers: they are what its layers compute, or it is said why not."""

import numpy as np
import pytest

import cnncli
from cnncli.check.check import check_text
from cnncli.geometry import Extent
from cnncli.page.run_pieces import _most_varied, _size, convolution_piece, pooling_piece
from cnncli.page.sections.convolution import convolution
from cnncli.page.sections.pooling import pooling
from cnncli.page.subject import Subject
from cnncli.text import ForeignPath
from tests.cli.commands import DATA

pytestmark = pytest.mark.filterwarnings("ignore:the network takes no image")
"""Of a run of two steps."""


@pytest.fixture
def subject_of(tmp_path):
    """Of a run of two steps of an architecture."""

    def train(architecture, **options):
        text = f"data: {{name: digits, root: {DATA}, limit: 96}}\narchitecture: {architecture}\n"
        config = tmp_path / "net.yaml"
        config.write_text(text)
        run = cnncli.Network(config).train(
            out=tmp_path / "run", epochs=1, max_steps=2, threads=1, bar=False
        )
        return Subject(run._checked, run.saved, threads=1, **options)

    return train


def test_a_convolution_is_what_the_network_computes(digits_run):
    subject = Subject(digits_run._checked, digits_run.saved)
    piece = convolution_piece(subject)
    example = piece.example
    assert piece.window == (0, 0, 8, 8)
    assert example.start == {"F": 3, "S": 1, "P": 1}
    x = np.pad(np.array(example.x), ((0, 0), (1, 1), (1, 1)))
    kernel = digits_run.filters("conv1")
    norms = np.sqrt((kernel.astype(float) ** 2).sum(axis=(1, 2, 3)))
    best = np.argsort(-norms, kind="stable")[:2]
    output = digits_run.activations(subject.image(subject.sample))["conv1"]
    for weights, bias, k in zip(example.weights, example.biases, best, strict=True):
        np.testing.assert_allclose(weights[0], kernel[k, :, :, 0], atol=0.00501)
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
        found = np.einsum("dyxij,dij->yx", windows, np.array(weights)) + bias
        # each of nine products of numbers up to about 2, rounded to 0.005
        np.testing.assert_allclose(found, output[:, :, k], atol=9 * 2 * 2 * 0.005)
    assert f"W0 is its filter {best[0]} and W1 is its filter {best[1]}" in example.note
    true = subject.answer(subject.sample)
    assert f"a test image of class {true.true}: all." in example.note
    assert true.true == true.predicted


def test_a_pooling_is_what_the_network_computes(digits_run):
    subject = Subject(digits_run._checked, digits_run.saved)
    piece = pooling_piece(subject)
    outputs = digits_run.activations(subject.image(subject.sample))
    x = outputs["relu2"]
    depth = int(x.var(axis=(0, 1)).argmax())
    assert piece.window == (0, 0, 8, 8)
    found = np.array(piece.example.x[0])
    np.testing.assert_allclose(found, x[:, :, depth], atol=0.00501)
    pooled = found.reshape(4, 2, 4, 2).max(axis=(1, 3))
    np.testing.assert_allclose(pooled, outputs["pool1"][:, :, depth], atol=0.00501)
    assert f"of depth slice {depth}" in piece.example.note


def test_the_piece_that_varies_most():
    x = np.zeros((40, 50, 1))
    x[20:24, 30:34] = np.random.default_rng(0).normal(size=(4, 4, 1))
    left, top, width, height = _most_varied(x, Extent(3, 3), 1)
    assert (width, height) == (9, 9)
    assert left <= 30 <= 34 <= left + width
    assert top <= 20 <= 24 <= top + height
    assert _most_varied(x[:, :3], Extent(3, 3), 1)[2:] == (3, 9)


@pytest.mark.parametrize(
    ("size", "F", "S", "expected"),
    [(32, 3, 1, 9), (32, 3, 2, 9), (32, 5, 3, 8), (224, 7, 2, 9), (227, 11, 4, 11), (6, 3, 2, 5),
     (2, 3, 1, 2), (32, 2, 2, 8)],
)  # fmt: skip
def test_sizes_have_a_whole_number_of_places(size, F, S, expected):
    assert _size(size, F, S) == expected


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        ("INPUT-FC", "The network has no CONV: the numbers are not its own."),
        ("INPUT-CONV(K=4,F=3,dilation=2)-FC",
         "conv1 has groups, a dilation or two strides, which are not shown here."),
        ("INPUT-CONV(K=4,F=3,S=2x1,P=0,fit=crop)-FC",
         "conv1 has groups, a dilation or two strides, which are not shown here."),
        ("INPUT-CONV(K=4,F=13)-FC",
         "The filters of conv1, 13x13x1, are too large to be written out."),
    ],
)  # fmt: skip
def test_convolutions_that_are_not_shown(subject_of, architecture, reason):
    """The page says why, and shows the notes' numbers instead."""
    subject = subject_of(architecture)
    assert convolution_piece(subject) == reason
    section = convolution(subject)
    assert reason in [part.text for part in section.body if part.get("class") == "absent"]
    assert section.data["examples"][0]["label"] == "the notes' demo: 5x5x3, two filters"


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        ("INPUT-FC", "The network has no POOL: the numbers are not its own."),
        *((f"INPUT-CONV3-2-{pool}-FC",
           "pool1 takes the whole map, an L2 norm or no square, which is not shown here.")
          for pool in ("POOL(F=global)", "POOL(mode=L2)", "POOL(F=2x4,S=2x4)")),
    ],
)  # fmt: skip
def test_poolings_that_are_not_shown(subject_of, architecture, reason):
    subject = subject_of(architecture)
    assert pooling_piece(subject) == reason
    assert reason in [part.text for part in pooling(subject).body if part.get("class") == "absent"]


def test_an_average(subject_of):
    piece = pooling_piece(subject_of("INPUT-CONV3-2-POOL(mode=average)-FC"))
    assert piece.example.mode == "average"


@pytest.mark.parametrize(
    "conv", ["CONV(K=1,F=3x1,P=1x0)", "CONV(K=1,F=3,S=2,P=0,fit=crop)", "CONV(K=3,F=2,P=same)",
             "CONV(K=3,F=3,bias=false)", "CONV(K=1,F=5,P=4)", "CONV(K=2,F=8,P=0)"],
)  # fmt: skip
def test_odd_convolutions(subject_of, conv):
    """They are shown, with places that fit."""
    section = convolution(subject_of(f"INPUT-{conv}-FC"))
    example = section.data["examples"][0]
    assert example["label"] == "this run: conv1"
    (plane,) = example["x"]
    kernel = example["weights"][0][0]
    for size, F in ((len(plane), len(kernel)), (len(plane[0]), len(kernel[0]))):
        P, S = example["start"]["P"], example["start"]["S"]
        assert size + 2 * P >= F
        assert (size - F + 2 * P) % S == 0
    assert set(section.figures) == {"convolution", "convolution-where"}


def test_without_a_run():
    text = "architecture: INPUT(8x8x1)-CONV3-4-RELU-POOL-FC-3\n"
    subject = Subject(check_text(text, ForeignPath("net.yaml")))
    for section in (convolution(subject), pooling(subject)):
        absent = [part.text for part in section.body if part.get("class") == "absent"]
        assert absent == [f"{subject.without_images} The numbers are not this network's own."]
