"""The image sizes that fit strictly, against trying every one of them."""

from pathlib import Path

import pytest

from cnncli.config.load import load_text
from cnncli.graph.build import build
from cnncli.graph.costs.image_sizes import accepted_sizes, runs


def specification(architecture: str, size: str = "12x12x1"):
    return load_text(f"architecture: INPUT({size}) -> {architecture}\n", Path("f.yaml"))


@pytest.mark.parametrize(
    "architecture",
    ["CONV3(S=2, P=1, fit=crop) -> POOL -> FC-2", "CONV(F=3x5, P=0) -> POOL(2x3, S=2x3) -> FC-2"],
)
def test_every_size(architecture):
    spec = specification(architecture)
    sizes = accepted_sizes(spec, spec.layers[0].layer.size)
    strict = architecture.replace(", fit=crop", "")
    for W in range(1, 16):
        for H in (5, 8, 9, 12, 14):
            graph = build(specification(strict, f"{W}x{H}x1"), None, None)
            fits = all(problem.severity != "error" for problem in graph.problems)
            assert fits == (W in sizes.widths and H in sizes.heights), (W, H)


def test_no_size_fits():
    spec = specification("POOL(F=1x3, S=1) -> POOL(F=400) -> FC-2")
    assert accepted_sizes(spec, spec.layers[0].layer.size)[:2] == ((), ())


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), []),
        ((5,), [(5, 5, 1)]),
        ((5, 7), [(5, 7, 2)]),
        ((1, 2, 3, 10, 20, 30, 31), [(1, 3, 1), (10, 30, 10), (31, 31, 1)]),
    ],
)
def test_runs(sizes, expected):
    assert runs(sizes) == expected
