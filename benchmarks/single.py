"""Layers beside convolutions and pooling, one by one: filters of single channels, gates, norms."""

from collections.abc import Iterator
from statistics import median

from .one_layer import graph_of, times
from .options import Options
from .turns import digits, fastest, spread, table

VOLUME = "INPUT(32x32x64) -> CONV1-64(name=x)"
"""Behind a first layer with weights, so that the gradient of the input is needed."""
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


def single(options: Options) -> Iterator[str]:
    """Every layer beside PyTorch's faster mode."""
    yield "## Single layers"
    yield ""
    yield (
        f"On {options.batch} volumes of 32x32x64, float32, {options.threads} threads; backward is "
        "the gradients of input and parameters. Milliseconds: median of "
        f"{options.rounds} (quartiles)."
    )
    yield ""
    heads = ["layer"]
    for way in ("forward", "backward"):
        heads += [f"{way}: cnn", "PyTorch NCHW", "channels_last", "fastest PyTorch / cnn"]
    rows = []
    for name, layer in LAYERS.items():
        measured = times(graph_of(f"{VOLUME} -> {layer}"), options.batch, options)
        row = [name]
        for way in (0, 1):
            found = measured.of(way)
            ratio = fastest(found, "PyTorch") / median(found["cnn"])
            row += [*map(spread, found.values()), digits(ratio)]
        rows.append(row)
    yield from table(heads, rows)
