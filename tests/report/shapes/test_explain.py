"""Explanations, with the numbers of the notes (SOURCE, section A)."""

import pytest

from cnncli.errors import UsageError
from cnncli.report.shapes.explain import explain
from tests.messages import error_text

ALEXNET = """\
conv1: CONV K=96 F=11 S=4 P=0
Convolution: (W - F + 2P)/S + 1 places in each axis, K filters of F x F x D with a bias.

reads            input1, 227x227x3
size             (W - F + 2P)/S + 1 = (227 - 11 + 2*0)/4 + 1 = 55 across and down
output           55x55x96 = 55*55*96 = 290,400 neurons
each neuron      11*11*3 = 363 weights and 1 bias
without sharing  290,400 * (363 + 1) = 290,400 * 364 = 105,705,600 parameters
with sharing     96 * 363 = 34,848 weights + 96 biases = 34,944 parameters
multiply-adds    290,400 * 363 = 105,415,200 for one image
                 in training 2 times that, 210,830,400: forward and dW; \
nothing before it is trained
im2col           X_col [363 x 3025]: the inputs of 55*55 = 3,025 places, a column each
                 W_row [96 x 363]
                 product [96 x 3025], reshaped to [55x55x96]
memory           290,400 * 4 bytes = 1.11 MiB an image
                 kept for the backward pass: its input
receptive field  r' = r + (F - 1)*jump = 1 + (11 - 1)*1 = 11
                 jump' = jump*S = 1*4 = 4
                 start' = start - P*jump = 0 - 0*1 = 0
                 centre' = start' + (r' - 1)/2 = 0 + (11 - 1)/2 = 5
                 the first neuron sees pixels 0 to 10, the next one 4 to 14"""

POOL = """\
pool1: POOL F=3 S=2 P=0
Downsampling by windows of F x F at stride S, in each depth slice on its own.

reads            conv1, 55x55x96
size             (W - F + 2P)/S + 1 = (55 - 3 + 2*0)/2 + 1 = 27 across and down
output           27x27x96 = 27*27*96 = 69,984 numbers
each number      from 3*3 = 9 numbers of one depth slice
parameters       none
memory           69,984 * 4 bytes = 273.38 KiB an image
                 kept for the backward pass: 207.56 KiB
receptive field  r' = r + (F - 1)*jump = 11 + (3 - 1)*4 = 19
                 jump' = jump*S = 4*2 = 8
                 start' = start - P*jump = 0 - 0*4 = 0
                 centre' = start' + (r' - 1)/2 = 0 + (19 - 1)/2 = 9
                 the first neuron sees pixels 0 to 18, the next one 8 to 26"""

FC = """\
fc1: FC K=10
Fully connected: K scores from W*H*D inputs. The last one gives the class scores.

reads            pool1, 27x27x96
output           1x1x10 = 1*1*10 = 10 neurons
each neuron      27*27*96 = 69,984 weights and 1 bias
parameters       10 * 69,984 = 699,840 weights + 10 biases = 699,850 parameters
                 nothing is shared: every neuron has weights of its own
multiply-adds    10 * 69,984 = 699,840 for one image
                 in training 3 times that, 2,099,520: forward, dW and dx
im2col           X_col [69984 x 1]: the inputs of 1*1 = 1 place, a column each
                 W_row [10 x 69984]
                 product [10 x 1], reshaped to [1x1x10]
memory           10 * 4 bytes = 40 B an image
                 kept for the backward pass: its input
receptive field  227x227, the whole image"""

NETWORK = "architecture: INPUT(227x227x3) -> CONV(K=96, F=11, S=4, P=0) -> POOL(F=3, S=2) -> FC-10"


@pytest.mark.parametrize(("name", "text"), [("conv1", ALEXNET), ("pool1", POOL), ("fc1", FC)])
def test_alexnet(check, name, text):
    checked = check(NETWORK)
    assert explain(checked.spec, checked.graph, name) == text


def paragraphs(checked, name: str) -> dict[str, list[str]]:
    """The lines behind each label."""
    found: dict[str, list[str]] = {}
    label = ""
    body = explain(checked.spec, checked.graph, name).split("\n\n", 1)[1]
    width = max(line.find("  ", 1) for line in body.splitlines() if not line.startswith(" "))
    for line in body.splitlines():
        label = line[:width].strip() or label
        found.setdefault(label, []).append(line[width:].strip())
    return found


@pytest.mark.parametrize(
    ("size", "fields", "neuron"),
    [
        ("32x32x3", "F=5", "5*5*3 = 75 weights and 1 bias"),
        ("16x16x20", "F=3", "3*3*20 = 180 weights and 1 bias"),
        ("16x16x20", "F=3, bias=false", "3*3*20 = 180 weights"),
    ],
)
def test_connections_of_a_neuron(check, size, fields, neuron):
    checked = check(f"architecture: INPUT({size}) -> CONV({fields}) -> FC-2")
    assert paragraphs(checked, "conv1")["each neuron"] == [neuron]


@pytest.mark.parametrize(
    ("size", "fields", "rule"),
    [
        ("7x7x3", "F=3, P=0", ["(W - F + 2P)/S + 1 = (7 - 3 + 2*0)/1 + 1 = 5 across and down"]),
        ("7x7x3", "F=3,P=0,S=2", ["(W - F + 2P)/S + 1 = (7 - 3 + 2*0)/2 + 1 = 3 across and down"]),
        (
            "10x5x1",
            "F=3, P=0, S=2, fit=crop",
            [
                "across: (W - F + 2P)/S + 1 = (10 - 3 + 2*0)/2 + 1 = 4.5, "
                "of which fit: crop makes 4",
                "down: (H - F + 2P)/S + 1 = (5 - 3 + 2*0)/2 + 1 = 2",
            ],
        ),
    ],
)
def test_size(check, size, fields, rule):
    checked = check(f"architecture: INPUT({size}) -> CONV({fields}) -> FC-2")
    assert paragraphs(checked, "conv1")["size"] == rule


def test_dilation(check):
    checked = check("architecture: INPUT(9x9x1) -> CONV(F=3, P=0, dilation=2) -> FC-2")
    found = paragraphs(checked, "conv1")
    assert found["a window covers"] == ["(F - 1)*dilation + 1 = (3 - 1)*2 + 1 = 5 across and down"]
    assert found["size"] == ["(W - F + 2P)/S + 1 = (9 - 5 + 2*0)/1 + 1 = 5 across and down"]
    assert found["each neuron"] == ["3*3*1 = 9 weights and 1 bias"]
    assert found["receptive field"][0] == "r' = r + (F - 1)*jump = 1 + (5 - 1)*1 = 5"


def test_groups(check):
    checked = check("architecture: INPUT(6x6x4) -> CONV(K=8, groups=2) -> FC-2")
    found = paragraphs(checked, "conv1")
    assert found["with sharing"] == ["8 * 18 = 144 weights + 8 biases = 152 parameters"]
    assert found["im2col"] == [
        "2 products, one a group: X_col [18 x 36]: the inputs of 6*6 = 36 places, a column each",
        "W_row [4 x 18]",
        "product [4 x 36], reshaped to [6x6x8]",
    ]


@pytest.mark.parametrize("kind", ["BATCHNORM", "INSTANCENORM"])
def test_a_bias_that_the_next_layer_subtracts(check, kind):
    """It is told here, and no doubt is raised."""
    checked = check(f"architecture: INPUT(6x6x4) -> CONV(K=8) -> {kind} -> FC-2")
    assert checked.valid
    assert [str(problem) for problem in checked.problems] == []
    assert paragraphs(checked, "conv1")["bias"] == [
        f"{kind} subtracts it with the mean: bias: false does the same, 8 parameters less"
    ]
    followed = check(f"architecture: INPUT(6x6x4) -> CONV(K=8, bias=false) -> {kind} -> FC-2")
    assert "bias" not in paragraphs(followed, "conv1")


@pytest.mark.parametrize(
    "layers",
    [
        "CONV(K=8) -> RELU -> BATCHNORM",
        "CONV(K=8) -> LAYERNORM",
        "LOCAL(K=8, name=conv1) -> BATCHNORM",
        "CONV(K=8) -> BATCHNORM -> ADD(from=[conv1, batchnorm1])",
    ],
)
def test_a_bias_that_does_something(check, layers):
    checked = check(f"architecture: INPUT(6x6x4) -> {layers} -> FC-2")
    assert "bias" not in paragraphs(checked, "conv1")


def test_weights_that_are_not_shared(check):
    checked = check("architecture: INPUT(5x4x2) -> LOCAL(K=3, P=0) -> FC-2")
    found = paragraphs(checked, "local1")
    assert found["parameters"] == [
        "18 * 18 = 324 weights + 18 biases = 342 parameters",
        "nothing is shared: every neuron has weights of its own",
    ]
    assert found["im2col"][1] == "W_row [3 x 18], another one for each column"


def test_a_larger_map(check):
    checked = check("architecture: INPUT(4x4x2) -> CONVT(K=3, F=3, S=2) -> CONV(F=2, P=0) -> FC-2")
    found = paragraphs(checked, "convt1")
    assert found["each neuron"] == ["at most 2*2*2 = 8 weights and 1 bias"]
    assert found["with sharing"] == ["54 weights + 3 biases = 57 parameters"]
    assert found["multiply-adds"][0] == "864 for one image"
    assert "im2col" not in found
    assert found["receptive field"][1] == "jump' = jump*S = 1*(1/2) = 0.5"
    behind = paragraphs(checked, "conv1")["receptive field"]
    assert behind == [
        "r' = 2, every neuron sees as many",
        "jump' = jump*S = 0.5*1 = 0.5",
        "the first neuron sees pixel 0 and 1 beyond the border, the next one 0 to 1",
    ]


def test_width_and_height_apart(check):
    checked = check("architecture: INPUT(9x8x1) -> CONV(F=3x2, S=2x1, P=0) -> RELU -> FC-2")
    field = paragraphs(checked, "conv1")["receptive field"]
    assert field[0] == "across: r' = r + (F - 1)*jump = 1 + (3 - 1)*1 = 3"
    assert field[6] == "down: jump' = jump*S = 1*1 = 1"
    assert field[9] == "down: the first neuron sees pixels 0 to 1, the next one 1 to 2"
    assert paragraphs(checked, "relu1")["receptive field"] == [
        "that of what it reads: 3x2, the first neuron sees pixels 0 to 2 across, 0 to 1 down"
    ]


def test_padding_is_in_the_field(check):
    checked = check("architecture: INPUT(8x8x1) -> CONV -> FC-2")
    assert paragraphs(checked, "conv1")["receptive field"][2:] == [
        "start' = start - P*jump = 0 - 1*1 = -1",
        "centre' = start' + (r' - 1)/2 = -1 + (3 - 1)/2 = 0",
        "the first neuron sees pixels 0 to 1 and 1 beyond the border, the next one 0 to 2",
    ]


@pytest.mark.parametrize(
    ("architecture", "layer", "lines"),
    [
        (
            "INPUT(8x8x1) -> CONVT(K=1, F=4, S=2, P=1, name=t) -> FC-2",
            "t",
            [
                "r' = 2, every neuron sees as many",
                "jump' = jump*S = 1*(1/2) = 0.5",
                "the first neuron sees pixel 0 and 1 beyond the border, the next one 0 to 1",
            ],
        ),
        (
            "INPUT(8x8x1) -> CONVT(K=1, F=1, S=2, P=1, name=t) -> FC-2",
            "t",
            [
                "r' = 1, the most that a neuron sees; neighbours see 0 or 1",
                "jump' = jump*S = 1*(1/2) = 0.5",
                "the first neuron sees no pixel, the next one 1",
            ],
        ),
        (
            "INPUT(8x8x1) -> UPSAMPLE(name=u) -> FC-2",
            "u",
            [
                "r' = 1, every neuron sees as many",
                "jump' = jump*S = 1*(1/2) = 0.5",
                "the first neuron sees pixel 0, the next one 0",
            ],
        ),
        (
            "INPUT(64x64x1) -> POOL(F=4, S=4) -> UPSAMPLE -> CONV3-1 -> UPSAMPLE "
            "-> CONV3-1(name=c) -> FC-2",
            "c",
            [
                "r' = 12, the most that a neuron sees; neighbours see 8 or 12",
                "jump' = jump*S = 1*1 = 1",
                "the first neuron sees pixels 0 to 3 and 4 beyond the border, "
                "the next one 0 to 7 and 4 beyond the border",
            ],
        ),
        (
            "INPUT(8x6x1) -> CONV(F=3, P=1) -> POOL(F=8x1, S=1, name=p) -> FC-2",
            "p",
            [
                "across: r' = r + (F - 1)*jump = 3 + (8 - 1)*1 = 10",
                "across: jump' = jump*S = 1*1 = 1",
                "across: start' = start - P*jump = -1 - 0*1 = -1",
                "across: centre' = start' + (r' - 1)/2 = -1 + (10 - 1)/2 = 3.5",
                "across: the first neuron sees pixels 0 to 7 and 2 beyond the border",
                "down: r' = r + (F - 1)*jump = 3 + (1 - 1)*1 = 3",
                "down: jump' = jump*S = 1*1 = 1",
                "down: start' = start - P*jump = -1 - 0*1 = -1",
                "down: centre' = start' + (r' - 1)/2 = -1 + (3 - 1)/2 = 0",
                "down: the first neuron sees pixels 0 to 1 and 1 beyond the border, "
                "the next one 0 to 2",
            ],
        ),
        (
            "INPUT(9x9x1) -> POOL(F=2, fit=crop) -> POOL(F=global, name=p) -> FC-2",
            "p",
            ["8x8, every neuron sees pixels 0 to 7"],
        ),
        (
            "INPUT(9x5x1) -> ADAPTIVEPOOL(places=1x2, name=p) -> FC-2",
            "p",
            [
                "across: every neuron sees pixels 0 to 8",
                "down: r' = 3, every neuron sees as many",
                "down: jump' = jump*S = 1*(5/2) = 2.5",
                "down: the first neuron sees pixels 0 to 2, the next one 2 to 4",
            ],
        ),
    ],
)
def test_no_pixel_is_named_that_is_not_there(check, architecture, layer, lines):
    found = paragraphs(check(f"architecture: {architecture}"), layer)
    assert found["receptive field"] == lines


def test_what_is_read_through_a_gate_sees_the_whole_image(check):
    checked = check(
        "architecture:\n  - INPUT(8x8x3) -> CONV3-4(name=body)\n"
        "  - POOL(F=global, mode=average) -> CONV1-4(name=gate)\n"
        "  - MUL(from=[body, gate], name=gated) -> CONV3-4(name=behind) -> FC-2"
    )
    assert paragraphs(checked, "gated")["receptive field"] == [
        "body: 3x3, the first neuron sees pixels 0 to 1 and 1 beyond the border",
        "gate: 8x8, the whole image",
        "from the first pixel to the last: 8x8, the whole image",
    ]
    assert paragraphs(checked, "behind")["receptive field"] == ["8x8, the whole image"]


def test_a_pool_over_the_whole_map(check):
    checked = check("architecture: INPUT(6x4x3) -> CONV -> POOL(F=global) -> FC-2")
    found = paragraphs(checked, "pool1")
    assert found["size"] == ["one window over the whole 6x4 map: 1 across and down"]
    assert found["receptive field"] == ["6x4, the whole image"]


def test_parameters_that_weigh_no_inputs(check):
    checked = check("architecture: INPUT(8x8x1) -> CONV-16 -> BN -> FC-2")
    found = paragraphs(checked, "batchnorm1")
    assert found["parameters"] == ["gamma 16 + beta 16 = 32"]
    assert found["running"] == ["mean 16 + var 16 = 32, kept up to date, not trained"]
    assert "each neuron" not in found


def test_the_input(check):
    checked = check(NETWORK)
    assert paragraphs(checked, "input1") == {
        "output": ["227x227x3 = 227*227*3 = 154,587 numbers"],
        "parameters": ["none"],
        "memory": ["154,587 * 4 bytes = 603.86 KiB an image"],
        "receptive field": ["1x1: each number belongs to one pixel"],
    }


def test_a_sum(residual):
    found = paragraphs(residual, "unit1.add1")
    assert found["reads"] == ["unit1.main, 8x8x4", "conv1, 8x8x4"]
    assert found["joined"] == ["2 volumes of 8x8x4, number by number"]
    assert found["receptive field"] == [
        "unit1.main: 5x5, the first neuron sees pixels 0 to 2 and 2 beyond the border",
        "conv1: 3x3, the first neuron sees pixels 0 to 1 and 1 beyond the border",
        "from the first pixel to the last: 5x5, "
        "the first neuron sees pixels 0 to 2 and 2 beyond the border",
    ]


def test_volumes_along_the_depth(inception):
    assert paragraphs(inception, "cell1.concat1")["joined"] == ["along the depth: 2 + 4 + 1 = 7"]


def test_a_layer_that_is_not_there(check):
    checked = check(NETWORK)
    caught = error_text(UsageError, explain, checked.spec, checked.graph, "conv11")
    assert caught == "net.yaml: there is no layer 'conv11'; did you mean conv1?"
    caught = error_text(UsageError, explain, checked.spec, checked.graph, "x")
    message = "net.yaml: there is no layer 'x'; `cnn shapes net.yaml` lists them"
    assert caught == message


def test_a_layer_whose_shape_is_not_known(check):
    checked = check("architecture: INPUT(8x8x1) -> RELU(from=nowhere) -> FC-2")
    text = "relu1: RELU\nA problem at this layer, or further up, hides its shape."
    assert explain(checked.spec, checked.graph, "relu1") == text
