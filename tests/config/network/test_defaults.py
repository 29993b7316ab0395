import pytest

NET = "INPUT-[CONV-RELU]*2-FC-RELU-FC"


def given(spec, kind, key):
    return [
        getattr(x.layer, key) if key in x.places else None for x in spec.layers if x.kind == kind
    ]


def test_for_every_layer_of_a_kind(read):
    spec = read(f"architecture: {NET}\ndefaults: {{CONV: {{filters: 5, f: 1}}, fc: {{K: 7}}}}\n")
    spec.check()
    assert given(spec, "CONV", "K") == [5, 5]
    assert given(spec, "FC", "K") == [7, None]
    place = spec.layers[1].places["K"]
    assert (place.line, place.column) == (2, 28)


def test_dealt_out_in_order(read):
    text = f"architecture: {NET}\ndefaults: {{conv: {{K: [5, n]}}, fc: [9]}}\nvariables: {{n: 6}}\n"
    spec = read(text)
    assert spec.problems == ()
    assert given(spec, "CONV", "K") == [5, 6]
    assert given(spec, "FC", "K") == [9, None]
    assert spec.layers[3].places["K"].column == 26


def test_what_is_written_for_a_layer_wins(read):
    spec = read("architecture: INPUT-CONV(K=3)-CONV-FC\ndefaults: {conv: {K: [5, 6]}}\n")
    spec.check()
    assert given(spec, "CONV", "K") == [3, 6]


def test_any_name_of_a_family(read):
    spec = read("architecture: INPUT-BN-FC\ndefaults: {bn: {eps: 1e-2}}\n")
    spec.check()
    assert given(spec, "BATCHNORM", "eps") == [0.01]


def test_the_last_fc_is_never_changed(read):
    spec = read("architecture: INPUT-FC\ndefaults: {fc: {K: 5, bias: false, init: xavier}}\n")
    spec.check()
    assert spec.layers[1].places == {}
    assert spec.layers[1].layer.bias


@pytest.mark.parametrize(
    ("defaults", "problem"),
    [
        (
            "conv: {K: [1, 2, 3]}",
            "2:22: defaults.conv.K: K has 3 values, but the network has 2 CONV layers",
        ),
        (
            "fc: {K: []}",
            "2:20: defaults.fc.K: K has 0 values, but the network has 1 FC layer "
            "besides the last FC, which gives the class scores",
        ),
        (
            "dropout: {rate: [0.5]}",
            "2:28: defaults.dropout.rate: rate has 1 value, but the network has 0 DROPOUT layers",
        ),
        ("conv: {K: 0}", "2:22: defaults.conv.K: K must be at least 1, not 0"),
        (
            "conv: {K: [1, x]}",
            "2:26: defaults.conv.K[1]: K must be a whole number of at least 1, not 'x'",
        ),
        (
            "dropout: 2",
            "2:21: defaults.dropout: rate must be at least 0 and less than 1, not 2",
        ),
        (
            "kernel: 2",
            "2:12: defaults.kernel: unknown layer 'kernel'; the layers are ADD, BATCHNORM, "
            "CONCAT, CONV, CONVT, DROPOUT, FC, FLATTEN, GELU, INPUT, LAYERNORM, LEAKYRELU, "
            "LOCAL, LRN, PAD, POOL, RELU, SCALE, SIGMOID, SILU, SOFTMAX, TANH and UPSAMPLE",
        ),
        ("dense: 2", "2:12: defaults.dense: unknown layer 'dense'; here it is called FC"),
        (
            "conv: {kernels: 2}",
            "2:19: defaults.conv.kernels: unknown key 'kernels' of CONV; "
            "its keys are K, F, S, P, dilation, groups, bias, fit and init",
        ),
        ("conv: {K: 1, k: 2}", "2:28: defaults.conv.k: K is given twice, by K and by k"),
    ],
)
def test_problems(problems, defaults, problem):
    assert problems(f"architecture: {NET}\ndefaults: {{{defaults}}}\n") == [f"f.yaml:{problem}"]


def test_what_is_no_section(problems):
    assert problems(f"architecture: {NET}\ndefaults: conv\n") == [
        "f.yaml:2:11: defaults: defaults must be a mapping, like {conv: {K: 32}}, not 'conv'"
    ]


def test_counts_are_not_judged_in_a_network_that_can_not_be_read(problems):
    assert len(problems("architecture: INPUT-CNV-FC\ndefaults: {conv: {K: [1]}}\n")) == 1
