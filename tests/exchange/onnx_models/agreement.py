"""How far the scores of ONNX Runtime are from ours, for networks with random weights.

`python -m tests.exchange.onnx_models.agreement` notes it for every configuration.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.data.pipeline import Pipeline
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.exchange.onnx_models.model import encode, model_of
from cnncli.exchange.taken import Taken
from cnncli.kernels.workspace import Workspace
from tests.exchange.onnx_models.scoring import channels_first, difference, run

FOUND = Path(__file__).with_name("agreement.json")
CONFIGS = sorted((Path(__file__).parents[3] / "configs").glob("*.yaml"))
LARGE = {
    "alexnet", "alexnet_groups", "alexnet_torchvision", "darknet53", "resnet101", "unet", "vgg11",
    "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "wrn28_10", "zfnet",
}  # fmt: skip
"""Configurations that take long."""
SHORT_AND_LONG = [
    pytest.param(config, id=config.stem, marks=[pytest.mark.slow] * (config.stem in LARGE))
    for config in CONFIGS
]
MOST = {"direct": 1e-5, "auto": 2e-4}
"""Of the largest score, by kernels."""


def of_configuration(config: Path) -> Taken:
    """With weights as they start, and every other array of numbers that are not 0 or 1."""
    taken = Taken.of_configuration(*check(config).network())
    rng = np.random.default_rng(0)
    drawn = {
        "gamma": lambda shape: rng.uniform(0.5, 1.5, shape),
        "beta": lambda shape: rng.normal(0, 0.2, shape),
        "mean": lambda shape: rng.normal(0, 0.2, shape),
        "var": lambda shape: rng.uniform(0.5, 2, shape),
        "b": lambda shape: rng.normal(0, 0.1, shape),
    }
    arrays = dict(taken.arrays)
    for name, array in arrays.items():
        if draw := drawn.get(name.rpartition(".")[2]):
            arrays[name] = draw(array.shape).astype(np.float32)
    return replace(taken, arrays=arrays)


def some_images(taken: Taken) -> Any:
    """Two of random bytes, (2, H, W, D)."""
    W, H, D = taken.graph.image
    return np.random.default_rng(1).integers(0, 256, (2, H, W, D), dtype=np.uint8)


def our_scores(taken: Taken, images: Any, kernels: str) -> Any:
    """Of bytes (N, H, W, D): (N, K, H2, W2)."""
    nodes, algorithms = taken.graph.nodes, None
    if kernels == "direct":
        algorithms = {node.name: "direct" for node in nodes if node.layer.kind == "CONV"}
    with Engine(
        taken.graph, threads=1, seed=0, algorithms=algorithms, fork=False, is_drawn=False
    ) as engine:
        for views in (engine.parameters.views, engine.state.views):
            for name, view in views.items():
                view[:] = taken.arrays[name]
        x = Pipeline(taken.stats, (), 0).plain(Workspace(), images)
        scores = engine.scores(Prepared(x, np.zeros(len(x), np.int64)))
    out = taken.graph.by_name[taken.graph.scores].out_shape
    return channels_first(scores.reshape(len(images), out.H, out.W, out.D))


def agreement(taken: Taken) -> Mapping[str, float]:
    """By kernels, the largest difference as a share of the largest score."""
    images = some_images(taken)
    theirs = run(encode(model_of(taken)), images=channels_first(images))
    return {
        kernels: difference(theirs.reshape(ours.shape), ours)
        for kernels in MOST
        for ours in [our_scores(taken, images, kernels)]
    }


if __name__ == "__main__":
    found = {config.stem: agreement(of_configuration(config)) for config in CONFIGS}
    rounded = {
        name: {k: float(f"{x:.1e}") for k, x in each.items()} for name, each in found.items()
    }
    FOUND.write_text(json.dumps(rounded, indent=1) + "\n")
