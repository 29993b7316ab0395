"""`input.D` in hyperparameters and blocks, and K of depthwise filters: the right numbers."""

import pickle
from pathlib import Path

import pytest

from cnncli.check.check import check_text
from cnncli.config.load import load_text
from cnncli.graph.build import build
from cnncli.training.session import complete_configuration

MOBILENET_V2 = """\
fit: crop
defaults: {conv: {bias: false}}
variables: {width: 1}
blocks:
  residual:
    parameters: {K: , S: 1, t: 6}
    layers:
      - CONV1(K=t*input.D, if=t > 1) -> BN(if=t > 1) -> RELU6(if=t > 1)
      - CONV3(groups=depthwise, S=S) -> BN -> RELU6 -> CONV1(K=round8(width*K)) -> BN(name=main)
      - ADD(from=[main, input], if=S == 1 and round8(width*K) == input.D)
architecture:
  - input: 224x224x3
  - CONV3(K=round8(width*32), S=2) -> BN -> RELU6
  - residual(K=16, t=1)
  - residual(K=24, S=2) -> residual(K=24)
  - residual(K=32, S=2) -> residual(K=32)*2
  - residual(K=64, S=2) -> residual(K=64)*3
  - residual(K=96)*3
  - residual(K=160, S=2) -> residual(K=160)*2
  - residual(K=320)
  - CONV1(K=max(1280, round8(width*1280))) -> BN -> RELU6
  - POOL(F=global, mode=average) -> DROPOUT(0.2) -> FC-1000
"""
RESNET = """\
fit: crop
defaults: {conv: {bias: false}}
blocks:
  basic:
    parameters: {K: , S: 1}
    layers:
      - CONV3(K=K, S=S) -> BN -> RELU -> CONV3(K=K) -> BN(name=main)
      - conv1: {K: K, S: S}
        from: input
        if: S > 1 or K != input.D
      - batchnorm:
        name: short
        if: S > 1 or K != input.D
      - ADD(from=[main, short]) -> RELU
architecture:
  - input: 224x224x3
  - CONV7-64(S=2) -> BN -> RELU -> POOL3(S=2, P=1)
  - basic(K=64)*2
  - basic(K=128, S=2) -> basic(K=128)
  - basic(K=256, S=2) -> basic(K=256)
  - basic(K=512, S=2) -> basic(K=512)
  - POOL(F=global, mode=average) -> FC-1000
"""
EFFICIENTNET = """\
fit: crop
defaults: {conv: {bias: false}}
variables: {width: 1, depth: 1}
blocks:
  se:
    parameters: {R: }
    layers:
      - POOL(F=global, mode=average) -> CONV1(K=R, bias=true) -> SILU
      - CONV1(K=input.D, bias=true) -> SIGMOID -> MUL(from=[-1, input])
  mb:
    parameters: {K: , F: 3, S: 1, t: 6}
    layers:
      - CONV1(K=t*input.D, if=t > 1) -> BN(if=t > 1) -> SILU(if=t > 1)
      - CONV(F=F, groups=depthwise, S=S) -> BN -> SILU -> se(R=input.D/4)
      - CONV1(K=round8(width*K)) -> BN(name=main)
      - ADD(from=[main, input], if=S == 1 and round8(width*K) == input.D)
architecture:
  - input: 224x224x3
  - CONV3(K=round8(width*32), S=2) -> BN -> SILU
  - mb(K=16, t=1)*(ceil(depth*1))
  - mb(K=24, S=2) -> mb(K=24)*(ceil(depth*2) - 1)
  - mb(K=40, F=5, S=2) -> mb(K=40, F=5)*(ceil(depth*2) - 1)
  - mb(K=80, S=2) -> mb(K=80)*(ceil(depth*3) - 1)
  - mb(K=112, F=5)*(ceil(depth*3))
  - mb(K=192, F=5, S=2) -> mb(K=192, F=5)*(ceil(depth*4) - 1)
  - mb(K=320)*(ceil(depth*1))
  - CONV1(K=round8(width*1280)) -> BN -> SILU
  - POOL(F=global, mode=average) -> DROPOUT(0.2) -> FC-1000
"""


def checked(text):
    return check_text(text, Path("f.yaml"))


def network(text):
    """The graph of a text without any problem."""
    found = checked(text)
    assert [str(problem) for problem in found.problems] == []
    return found.graph


def depths(text):
    return [node.out_shape.D for node in network(text).nodes]


def parameters(text):
    return sum(node.parameters for node in network(text).nodes)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (MOBILENET_V2, 3_504_872),  # torchvision's mobilenet_v2
        (MOBILENET_V2.replace("width: 1}", "width: 0.5}"), 1_968_680),  # keras: alpha=0.5
        (RESNET, 11_689_512),  # torchvision's resnet18
        (EFFICIENTNET, 5_288_548),  # torchvision's efficientnet_b0
        (EFFICIENTNET.replace("depth: 1}", "depth: 1.1}"), 7_794_184),  # and efficientnet_b1
        (EFFICIENTNET.replace("width: 1, depth: 1}", "width: 1.1, depth: 1.2}"), 9_109_994),
    ],
)
def test_published_networks_have_one_block_for_all_stages(text, count):
    assert parameters(text) == count


def test_one_block_is_the_network_of_two():
    two = Path("configs/resnet18.yaml").read_text()
    one, other = network(RESNET), network(two)
    assert len(one.nodes) == len(other.nodes)
    index = [{node.name: i for i, node in enumerate(graph.nodes)} for graph in (one, other)]
    for a, b in zip(one.nodes, other.nodes, strict=True):
        assert a.layer == b.layer
        assert a.out_shape == b.out_shape
        assert [index[0][name] for name in a.inputs] == [index[1][name] for name in b.inputs]


def test_depthwise_filters_are_as_many_as_the_channels():
    """The case mobilenet_k."""
    text = (
        "architecture:\n  - input: 112x112x32\n"
        "  - CONV3(groups=depthwise) -> BN -> RELU -> CONV1-64 -> FC-10\n"
    )
    assert depths(text) == [32, 32, 32, 32, 64, 10]


@pytest.mark.parametrize(
    ("layer", "rest", "depth"),
    [
        ("CONV3(groups=depthwise)", "", 6),
        ("CONV3(groups=Depthwise)", "", 6),
        ("CONVT3(groups=depthwise)", "", 6),
        ("CONV3(groups=depthwise, S=2, P=1, fit=crop)", "", 6),
        ("CONV3(groups=G)", "variables: {G: depthwise}\n", 6),
        ("CONV3", "defaults: {conv: {groups: depthwise}}\n", 6),
        # what is given stays
        ("CONV3-18(groups=depthwise)", "", 18),
        ("CONV3(groups=depthwise, filters=12)", "", 12),
        ("CONV3(groups=depthwise)", "defaults: {conv: {K: 24}}\n", 24),
        ("CONV3(groups=depthwise)", "defaults: {conv: {K: [24]}}\n", 24),
        ("CONV3(groups=6)", "", 12),
        ("CONV3(groups=1)", "", 12),
    ],
)
def test_k_of_depthwise_filters(layer, rest, depth):
    assert depths(f"{rest}architecture: INPUT(8x8x6) - {layer} - FC-3") == [6, depth, 3]


@pytest.mark.parametrize(
    ("architecture", "blocks", "found"),
    [
        # outside of blocks: what the layer itself reads
        ("INPUT(8x8x6) - CONV(K=2*input.D) - CONV(K=input.D/4) - FC-2", "", [6, 12, 3, 2]),
        ("INPUT(8x8x6) - CONV-9 - CONV(K=input.D + 1, from=input1) - ADD(from=[-1, -1], name=a)"
         " - FC-2", "", None),
        ("INPUT(8x4x6) - CONV(K=input.W*input.H, S=2, P=0, F=2) - FC(K=input.D)", "", [6, 32, 32]),
        ("[input: 8x8x6, {conv: {K: input.D/2}}, {fc: input.D}]", "", [6, 3, 3]),
        ("INPUT(8x8x6) - [CONV(K=input.D+1)]*3 - FC-2", "", [6, 7, 8, 9, 2]),
        # inside: what goes into the block
        ("INPUT(8x8x6) - b - FC-2", "b: 'CONV-4 - CONV(K=2*input.D)'", [6, 4, 12, 2]),
        # an argument asks where the use stands, a default asks for what goes into the block
        ("INPUT(8x8x6) - b - b(K=input.D+2) - FC-2",
         "b: {parameters: {K: input.D/2}, layers: 'CONV-9 - CONV(K=K)'}", [6, 9, 3, 9, 5, 2]),
        ("INPUT(8x8x6) - b - FC-2",
         "c: {parameters: {K: }, layers: 'CONV-4 - CONV(K=K+input.D)'}, "
         "b: 'CONV-5 - c(K=10*input.D)'", [6, 5, 4, 65, 2]),
        ("INPUT(8x8x6) - b - FC-2",
         "b: {parameters: {K: input.D/2, M: 2*K}, layers: 'CONV(K=M)'}", [6, 6, 2]),
        # a parameter with a number stands in front of one that asks for a size
        ("INPUT(8x8x6) - b - FC-2",
         "c: {parameters: {K: 5}, layers: 'CONV(K=K)'}, "
         "b: {parameters: {K: 2*input.D}, layers: 'c - CONV(K=K)'}", [6, 5, 12, 2]),
        # one body, other sizes
        ("INPUT(8x8x6) - [b]*3 - FC-2", "b: 'CONV(K=2*input.D)'", [6, 12, 24, 48, 2]),
    ],
)  # fmt: skip
def test_what_input_means(architecture, blocks, found):
    text = f"blocks: {{{blocks}}}\narchitecture: {architecture}"
    if found is not None:
        assert depths(text) == found
    else:
        conv2 = checked(text).graph.by_name["conv2"]
        assert conv2.layer.K == 7


def test_sizes_go_on_where_a_layer_does_not_fit():
    """As in the graph: as if the remainder were cropped."""
    found = checked("architecture: INPUT(8x8x6) - CONV3-4(S=2, P=0) - CONV(K=2*input.W) - FC-3")
    assert [problem.layer for problem in found.problems] == ["conv1"]
    assert found.graph.by_name["conv2"].layer.K == 6


def test_sizes_follow_from_the_images():
    graph = network(
        "data: digits\ndefaults: {conv: {P: same}}\narchitecture: INPUT - CONV(K=4*input.D)"
        " - CONV3(groups=depthwise) - CONV-5(if=input.W > 8) - FC"
    )
    assert [node.out_shape.D for node in graph.nodes] == [1, 4, 4, 10]


def test_without_images_the_size_is_asked_for():
    found = checked("architecture: INPUT - CONV(K=4*input.D) - FC-3")
    assert [str(problem) for problem in found.problems] == [
        "f.yaml:1:15: architecture: input1: the size of the images is unknown.\n"
        "  Write INPUT(32x32x3) with the width, height and depth, or name a data set with data:."
    ]
    remedy = checked("architecture: INPUT(32x32x3) - CONV(K=4*input.D) - FC-3")
    assert remedy.valid


def test_all_problems_are_told_while_images_are_not_known():
    found = checked(
        "data: {name: npz, root: nowhere}\ntrain: {epochs: 0}\n"
        "architecture: INPUT - CONV(K=input.D) - FC(K=Z*2)"
    )
    assert [problem.place.line for problem in found.problems] == [1, 2, 3]


def test_a_specification_goes_to_another_process():
    spec = checked(MOBILENET_V2).spec
    again = pickle.loads(pickle.dumps(spec))
    assert again.layers == spec.layers
    assert len(pickle.dumps(spec)) < 400_000


def test_the_file_of_a_run_has_no_expressions():
    found = checked(RESNET.replace("FC-1000", "FC-10") + "train: {epochs: 1}\n")
    text = complete_configuration(found.spec, found.graph)
    assert "input.D" not in text
    assert "if:" not in text
    again = build(load_text(text, Path("f.yaml")), None, None)
    assert [node.layer for node in again.nodes] == [node.layer for node in found.graph.nodes]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("architecture: INPUT(8x8x6) - CONV(K=input.D/4) - FC-2",
         "f.yaml:1:37: architecture: conv1: K: input.D/4 is 3/2 with input.D=6: not a whole number;"
         " round it, like floor(input.D/4)"),
        ("architecture: INPUT(8x8x6) - CONV(K=input.D-6) - FC-2",
         "f.yaml:1:37: architecture: conv1: input.D-6 is 0 with input.D=6; "
         "K must be at least 1, not 0"),
        ("architecture: INPUT(8x8x6) - CONV(K=input.D/(input.D-6)) - FC-2",
         "f.yaml:1:37: architecture: conv1: K: input.D/(input.D-6): input.D/(input.D-6) divides by "
         "input.D-6, which is 0"),
        ("blocks: {b: {parameters: {K: input.D, r: 4}, layers: 'CONV(K=K/r)'}}\n"
         "architecture: INPUT(8x8x6) - b - FC-2",
         "f.yaml:1:62: blocks.b.layers: b1.conv1: K: K/r is 3/2 with K=6, r=4: not a whole number;"
         " round it, like floor(K/r)"),
        ("variables: {d: 2*input.D}\narchitecture: INPUT(8x8x6) - CONV(K=d) - FC-2",
         "f.yaml:1:16: variables.d: 2*input.D: a variable cannot ask for input.D; only layers, "
         "uses of blocks and if: can"),
        ("defaults: {conv: {K: 2*input.D}}\narchitecture: INPUT(8x8x6) - CONV - FC-2",
         "f.yaml:1:22: defaults.conv.K: a default cannot ask for input.D; only layers, "
         "uses of blocks and if: can"),
        ("architecture: INPUT(8x8x6) - [CONV]*(input.D) - FC-2",
         "f.yaml:1:37: architecture: input.D: a repeat cannot ask for input.D; only layers, "
         "uses of blocks and if: can"),
        ("blocks: {b: {parameters: {N: input.D/2}, layers: '[CONV]*N'}}\n"
         "architecture: INPUT(8x8x6) - b - FC-2",
         "f.yaml:1:58: blocks.b.layers: a repeat cannot ask for input.D; only layers, "
         "uses of blocks and if: can"),
        ("blocks: {b: {parameters: {POOL: input.D}, layers: 'CONV - POOL?'}}\n"
         "architecture: INPUT(8x8x6) - b - FC-2",
         "f.yaml:1:59: blocks.b.layers: the switch POOL cannot ask for input.D; only layers, "
         "uses of blocks and if: can"),
        ("architecture: [input: 8x8x6, {conv: {F: [input.D, 3]}}, fc: 2]",
         "f.yaml:1:41: architecture[1].conv.F: input.D: a list cannot ask for input.D; only "
         "layers, uses of blocks and if: can"),
        ("architecture: INPUT(8x8x6) - CONV(K=2*input.C) - FC-2",
         "f.yaml:1:39: architecture: 2*input.C: unknown size 'input.C'; there are input.W, input.H "
         "and input.D"),
        ("architecture: INPUT(8x8x6) - CONV(K=Z*input.D) - FC-2",
         "f.yaml:1:37: architecture: Z*input.D: the variable Z has no value; "
         "add variables: {Z: 2}"),
    ],
)  # fmt: skip
def test_problems(text, message):
    assert message in [str(problem).split("\n")[0] for problem in checked(text).problems]


def test_a_network_that_begins_with_no_images(problems):
    """Nothing is known of sizes there; what is wrong is told once the network is built."""
    assert problems("architecture: [conv: 3, {relu: , if: input.D > 1}, fc: 2]\n") == []
