"""Networks whose numbers have gone wrong: the page is written, and browsers read its data."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import cnncli
from tests.cli.commands import DATA


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The class scores are finite whatever the convolution gives."""
    network = cnncli.Network(
        "digits", set={"data.root": str(DATA), "architecture": "INPUT -> CONV1-4 -> TANH -> FC"}
    )
    folder = tmp_path_factory.mktemp("run") / "run"
    return network.train(out=folder, epochs=1, threads=1, bar=False)


def sections_of(run, folder, layer, change):
    """The data of the page, where the weights of a layer are changed in their place."""
    checkpoint = run.saved.checkpoint
    name = f"parameters/{layer}.W"
    weights = checkpoint.arrays[name].copy()
    change(weights)
    path = folder / "last.safetensors"
    replace(checkpoint, arrays=checkpoint.arrays | {name: weights}).save(path)
    page = cnncli.Run(path, threads=1, notify=lambda text: None).report().read_text()
    (data,) = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)
    return page, json.loads(data, parse_constant=pytest.fail)["sections"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(run, tmp_path, value):
    page, sections = sections_of(run, tmp_path, "conv1", lambda W: W.fill(value))
    assert "The network's weights are not finite." in page
    assert "it has numbers that are not finite" in page
    said = "The network's scores are not finite: nothing is known of its answers." in page
    assert said == np.isnan(value)
    assert "filters" not in sections


def test_weights_whose_squares_are_not_float32(run, tmp_path):
    _, sections = sections_of(run, tmp_path, "conv1", lambda W: np.multiply(W, 1e25, out=W))
    norms = sections["filters"][0]["norms"]
    assert norms == sorted(norms, reverse=True)
    assert norms[0] > 1e24


def test_maps_that_are_not_finite_before_scores_that_are(run, tmp_path):
    page, sections = sections_of(run, tmp_path, "conv1", lambda W: W.fill(3e38))
    assert "The network's numbers are not finite." in page
    assert sections["filters"][0]["patches"] is None
    assert sections["confusion"]["cells"]
