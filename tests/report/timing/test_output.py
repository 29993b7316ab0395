"""The tables of `cnn time` from invented times."""

import json
from types import SimpleNamespace

import pytest

from cnncli.report.timing.breakdown import Breakdown
from cnncli.report.timing.output import timing_json, timing_text

NETWORK = """\
architecture: INPUT(10x10x2) -> CONV3-5 -> RELU -> CONV3-5(bias=false) -> FC-4 -> SOFTMAX
"""
CONV1 = 2 * 10 * 10 * 5 * 9 * 2 * 8000
"""Operations for 8,000 images."""
CONV2 = 2 * 10 * 10 * 5 * 9 * 5 * 8000
MOVED2 = 4 * (8000 * (500 + 500 + 500) + 2 * 9 * 5 * 5)
"""Bytes of its backward pass: x, dy and dx, and the filters with their gradient."""

TRAINING = """\
net.yaml: net, training step of 8,000 images on 2 threads: 20.0 ms, 400,000 images/s
medians of 3 steps; the ceiling is 200.0 GFLOP/s, the bandwidth 40.0 GB/s

                  output                forward  backward   both      quartiles  share of  forward  backward  forward, of  backward, of  moves     of the
layer      kind   W x H x D  algorithm       ms        ms     ms             ms  the step  GFLOP/s   GFLOP/s  the ceiling   the ceiling     MB  bandwidth
---------  -----  ---------  ---------  -------  --------  -----  -------------  --------  -------  --------  -----------  ------------  -----  ---------
input1     INPUT  10x10x2                  0.00             0.00    0.00 - 0.00      0.0%
conv1      CONV   10x10x5    direct        2.00      3.00   5.00    4.00 - 6.50     25.0%     72.0      48.0          36%           24%   44.8        22%
relu1      RELU   10x10x5                  1.00      1.00   2.00    2.00 - 2.00     10.0%                                                 80.0       100%
conv2      CONV   10x10x5    winograd      1.00      3.00   4.00    4.00 - 4.00     20.0%    360.0     240.0         180%          120%   80.0        50%
fc1        FC     1x1x4                    0.50      0.50   1.00    1.00 - 1.00      5.0%     64.0     128.0          32%           64%   48.3       121%
rest                                                        6.00    5.50 - 6.50     30.0%
optimizer                                                   1.00    1.00 - 1.00      5.0%
---------  -----  ---------  ---------  -------  --------  -----  -------------  --------  -------  --------  -----------  ------------  -----  ---------
total                                      4.50      7.50  20.00  18.50 - 20.50    100.0%    119.1     123.7          60%           62%  253.1        32%

GFLOP/s count 2 operations for each multiply-add of a direct convolution, backward those of the
weights' gradient and, where it is needed, of the input's. The ceiling is a large matrix product
on the same threads; an algorithm that multiplies less may pass it.
moves: the least bytes that the layer reads and writes, each number once. The bandwidth is a copy of
32 MiB on each thread; volumes that are still in the caches may pass it.
The times of a layer are means over the threads, waiting for each other included.
rest: the loss, sums over the threads, and gradients added where branches meet."""  # noqa: E501

EVALUATION = """\
net.yaml: net, evaluation of 1 image on 1 thread: 6.0 ms, 167 images/s
medians of 1 step; the ceiling is 200.0 GFLOP/s, the bandwidth 40.0 GB/s

               output                        quartiles  share of  forward  forward, of  moves     of the
layer   kind   W x H x D  algorithm    ms           ms  the step  GFLOP/s  the ceiling     MB  bandwidth
------  -----  ---------  ---------  ----  -----------  --------  -------  -----------  -----  ---------
input1  INPUT  10x10x2               0.00  0.00 - 0.00      0.0%
"""  # noqa: E501


@pytest.fixture
def graph(check):
    return check(NETWORK).graph


def times(**seconds):
    return SimpleNamespace(**seconds)


@pytest.fixture
def trained(graph):
    """Three steps; the median of each part is a round number."""
    timing = times(
        forward={
            "input1": [0.0, 0.0, 0.0],
            "conv1": [0.002, 0.001, 0.004],
            "relu1": [0.001, 0.001, 0.001],
            "conv2": [0.001, 0.001, 0.001],
            "fc1": [0.0005, 0.0005, 0.0005],
        },
        backward={
            "fc1": [0.0005, 0.0005, 0.0005],
            "conv2": [0.003, 0.003, 0.003],
            "relu1": [0.001, 0.001, 0.001],
            "conv1": [0.003, 0.002, 0.004],
        },
        step=[0.019, 0.016, 0.020],
        update=[0.001, 0.001, 0.001],
        ceiling=200e9,
        bandwidth=40e9,
    )
    return Breakdown(graph, {"conv1": "direct", "conv2": "winograd"}, 8000, 2, timing)


@pytest.fixture
def evaluated(graph):
    forward = {name: [0.001] for name in ("conv1", "relu1", "conv2", "fc1")}
    timing = times(
        forward={"input1": [0.0]} | forward,
        backward={},
        step=[0.006],
        update=[],
        ceiling=200e9,
        bandwidth=40e9,
    )
    return Breakdown(graph, {}, 1, 1, timing)


def test_a_training_step(trained):
    assert timing_text("net.yaml: net", trained) == TRAINING


def test_an_evaluation(evaluated):
    lines = timing_text("net.yaml: net", evaluated).splitlines()
    assert lines[:7] == EVALUATION.splitlines()
    assert [line.split()[0] for line in lines[7:13]] == [
        "conv1", "relu1", "conv2", "fc1", "rest", "------",
    ]  # fmt: skip
    assert lines[-1] == "rest: what is done between the layers."
    assert "means over the threads" not in lines[-2]


def test_speeds(trained):
    """The first convolution has no gradient of its input to compute."""
    layers = {part.name: part for part in trained.layers()}
    assert layers["conv1"].forward.flops == CONV1
    assert layers["conv1"].backward.flops == CONV1
    assert layers["conv2"].backward.flops == 2 * CONV2
    assert layers["conv2"].forward.rate == CONV2 / 0.001
    assert layers["relu1"].forward.rate is None
    assert layers["conv2"].backward.bandwidth == MOVED2 / 0.003
    assert layers["input1"].forward.bandwidth is None


def test_json(trained):
    found = json.loads(timing_json("net.yaml", "net", trained))
    assert list(found) == [
        "file", "name", "training", "images", "threads", "steps", "ceiling_gflops",
        "bandwidth_gbps", "images_per_second", "layers", "rest", "optimizer", "total",
    ]  # fmt: skip
    assert found["training"] is True
    assert (found["images"], found["threads"], found["steps"]) == (8000, 2, 3)
    assert found["images_per_second"] == pytest.approx(400_000)
    assert [layer["name"] for layer in found["layers"]] == [
        "input1", "conv1", "relu1", "conv2", "fc1",
    ]  # fmt: skip
    conv2 = found["layers"][3]
    assert (conv2["kind"], conv2["output"], conv2["algorithm"]) == ("CONV", [10, 10, 5], "winograd")
    assert conv2["ms"] == pytest.approx(4)
    assert conv2["share"] == pytest.approx(0.2)
    assert conv2["backward"] == {
        "ms": pytest.approx(3),
        "gflops": pytest.approx(2 * CONV2 / 3e6),
        "of_ceiling": pytest.approx(1.2),
        "bytes": MOVED2,
        "of_bandwidth": pytest.approx(MOVED2 / 0.003 / 40e9),
    }
    assert found["layers"][0]["backward"] is None
    assert found["layers"][2]["forward"] == {
        "ms": pytest.approx(1), "gflops": None, "of_ceiling": None,
        "bytes": 2 * 4 * 500 * 8000, "of_bandwidth": pytest.approx(0.8),
    }  # fmt: skip
    assert found["rest"]["quartiles_ms"] == [pytest.approx(5.5), pytest.approx(6.5)]
    assert found["total"]["ms"] == pytest.approx(20)


def test_json_of_an_evaluation(evaluated):
    found = json.loads(timing_json("net.yaml", "net", evaluated))
    assert found["training"] is False
    assert "optimizer" not in found
    assert found["total"]["backward"] is None
