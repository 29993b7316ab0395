"""Networks that no machine holds, and what must not take for ever about them."""

from itertools import product
from pathlib import Path

import pytest

from cnncli.config.load import load_text
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.checks.network_warnings import _used_weights
from cnncli.graph.costs.memory import training_step

SMALLER = "  Make the images, the number of filters or the padding smaller, or the stride larger."


def built(architecture):
    spec = load_text(f"architecture: {architecture}\n", Path("f.yaml"))
    return build(spec, None, 10)


@pytest.mark.parametrize(
    ("architecture", "problem"),
    [
        (
            "INPUT(1000000x1000000x1)-FC",
            "f.yaml:1:15: architecture: input1: the output 1000000x1000000x1 has "
            "1,000,000,000,000 numbers; at most 2,147,483,648 are possible.\n" + SMALLER,
        ),
        (
            "INPUT(1024x1024x1)-CONV-4096-FC",
            "f.yaml:1:34: architecture: conv1: the output 1024x1024x4096 has 4,294,967,296 "
            "numbers; at most 2,147,483,648 are possible.\n" + SMALLER,
        ),
        (
            "INPUT(1024x1024x1)-FC-4096-FC",
            "f.yaml:1:34: architecture: fc1: its array W of 1048576x4096 has 4,294,967,296 "
            "numbers; at most 2,147,483,648 are possible.\n"
            "  Make the layer's input, its F or its K smaller.",
        ),
    ],
)
def test_arrays_that_no_memory_holds(architecture, problem):
    errors = [problem for problem in built(architecture).problems if problem.severity == "error"]
    assert str(errors[0]) == problem


def test_as_many_numbers_as_are_possible():
    graph = built("INPUT(32768x65536x1)-POOL(F=global)-FC")
    graph.check()
    assert graph.nodes[0].out_shape == Volume(32768, 65536, 1)


def test_huge_batches_are_counted_soon(soon):
    """What lives for a while is counted in as many pieces as a kernel uses, up to a thousand."""
    graph = built("INPUT(999x999x9)-[CONV-RELU]*9-FC")
    with soon():
        small, large = (
            training_step(graph, images, threads=1, optimizer=load_text(
                "architecture: FC", Path("f.yaml")).train.optimizer).total
            for images in (10**6, 10**12)
        )  # fmt: skip
    assert large / small == pytest.approx(10**6, rel=0.01)


def test_a_name_used_twice_is_no_circle():
    """The layer of the class scores is looked for from the end, and never downwards."""
    spec = load_text(
        "architecture: input-conv(name=a)-relu(from=a)-relu(name=a)-relu(from=b)\n", Path("f.yaml")
    )
    assert any("is that of another layer" in problem.message for problem in spec.problems)
    assert build(spec, Volume(32, 32, 3), 10).problems


def test_weights_that_see_a_pixel():
    for size, F, dilation, S, before, places in product(
        range(1, 6), range(1, 6), (1, 2), (1, 2, 3), range(4), range(1, 5)
    ):
        seen = sum(
            any(0 <= place * S - before + k * dilation < size for place in range(places))
            for k in range(F)
        )
        assert _used_weights(size, F, dilation, S, before, places) == seen
