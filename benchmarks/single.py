"""Layers beside convolutions and pooling, one by one: filters of single channels, gates, norms."""

from collections.abc import Iterator

from .agreement import FEW, check_agreement
from .networks import engine_for, noise
from .one_layer import HEADS, graph_of, times
from .options import Options
from .turns import table

WEIGHTS = "CONV1-64(name=x)"
"""Before each layer, so that the gradient of its input is needed."""
LAYERS = {
    "CONV3 depthwise": "CONV3-64(groups=depthwise)",
    "CONV5 depthwise": "CONV5-64(groups=depthwise)",
    "CONV7 depthwise": "CONV7-64(groups=depthwise)",
    "CONV3 depthwise, S=2": "CONV3-64(groups=depthwise, S=2, fit=crop)",
    "MUL by a gate": "POOL(F=global, mode=average) -> MUL(from=[x, -1])",
    "MUL of volumes": "RELU -> MUL(from=[x, -1])",
    "SCALE, trained": "SCALE(by=1, trained=true)",
    "GROUPNORM": "GROUPNORM(32)",
    "INSTANCENORM": "INSTANCENORM",
    "LAYERNORM": "LAYERNORM",
    "BATCHNORM": "BATCHNORM",
    **{kind: kind for kind in (
        "RELU6", "PRELU", "ELU", "SOFTPLUS", "HARDSIGMOID", "HARDSWISH", "SILU", "MISH", "GELU",
    )},
}  # fmt: skip
INEXACT = "HARDSIGMOID"
"""PyTorch computes its gradient with a sixth in float32, of float64 too."""


def single(options: Options) -> Iterator[str]:
    """Every layer beside PyTorch's faster mode."""
    yield "## Single layers"
    yield ""
    yield (
        f"On {options.batch} volumes of 32x32x64, float32, {options.threads} "
        f"thread{'s' * (options.threads != 1)}; backward is the gradients of input and parameters. "
        f"Milliseconds: median of {options.rounds} (quartiles)."
    )
    yield ""
    heads = ["layer", *HEADS]
    rows = []
    for name, layer in LAYERS.items():
        if name != INEXACT:
            _check(layer)
        graph = graph_of(f"INPUT(32x32x64) -> {WEIGHTS} -> {layer}")
        rows.append([name, *times(graph, options.batch, options).cells()])
    yield from table(heads, rows)


def _check(layer: str) -> None:
    """Raises AssertionError where the two sides differ, on small maps."""
    graph = graph_of(f"INPUT(8x8x64) -> {WEIGHTS} -> {layer} -> FC-10")
    with engine_for(graph, FEW, 1) as engine:
        check_agreement(graph, engine, noise(graph, FEW))
